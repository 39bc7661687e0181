"""What runs each command of the pages. A test sees that none is left out, and no rule is idle.

The first rule that fits a command, written on one line, is its rule.
"""

from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from tests.docs.commands import Command

__all__ = ["RULES", "Rule", "Where", "rule_of"]


class Where(Enum):
    """What runs a command."""

    CLUSTER = "tests/docs/test_commands_on_a_cluster.py"
    FIRST = "tests/docs/test_first_orchestrator.py"
    ELSEWHERE = "another test, named by the rule"
    NOWHERE = "nothing here, for the reason that the rule gives"


@dataclass(frozen=True, slots=True)
class Rule:
    """Commands by a pattern of the shell's kind, and what runs them.

    `why`: the test that does, or the reason that none can. `statuses`: how it may end.
    `lasts`: it goes on until it is ended, and says something when it is ready.
    """

    pattern: str
    where: Where
    why: str = ""
    statuses: tuple[int, ...] = (0,)
    lasts: bool = False


_DAEMON = "needs docker's daemon, and images to pull"
_KIND = "needs docker, and kind's own images"
_K3S = "needs a machine with k3s"
_OTHER = "tests/cluster/test_operator_chain.py"

RULES = (
    # README and what is no page's own
    Rule("make demo", Where.ELSEWHERE, "tests/docs/test_demo.py"),
    Rule("make test", Where.NOWHERE, "is what runs the tests"),
    # first-orchestrator.md, from nothing, on a cluster of its own
    Rule("make up", Where.FIRST),
    Rule("make load", Where.FIRST),
    Rule("make down", Where.FIRST),
    Rule('export KUBECONFIG="${PODIUM_CACHE*', Where.FIRST),
    Rule('export PATH="$PWD/.venv/bin:$PATH"', Where.FIRST),
    Rule("helm install podium charts/podium *localhost/podium-operator*", Where.FIRST),
    Rule("kubectl apply -f - <<EOF *", Where.FIRST),
    Rule("kubectl wait --for=condition=Ready orchestrator/home *", Where.FIRST),
    Rule("kubectl port-forward service/home-node-0 8935", Where.FIRST, lasts=True),
    Rule(".venv/bin/python -m tests.gateway *", Where.FIRST),
    Rule("make setup", Where.NOWHERE, "made the environment that this test runs in"),
    Rule('export PATH="$PATH:$PWD/.venv/bin"*', Where.NOWHERE, _KIND),
    Rule(
        "livepeer -gateway *",
        Where.NOWHERE,
        "a binary of go-livepeer: `make test-interop` runs one",
    ),
    # images
    Rule("make image", Where.ELSEWHERE, "tests/images/test_images.py"),
    Rule("make image-check", Where.ELSEWHERE, "tests/images/test_images.py"),
    Rule("docker *| sudo k3s *", Where.NOWHERE, _K3S),
    Rule("docker *", Where.NOWHERE, _DAEMON),
    Rule("kind *", Where.NOWHERE, _KIND),
    # the command line and kubectl beside an operator and an Orchestrator that serve
    Rule("podium chain * figaro*", Where.ELSEWHERE, _OTHER),
    Rule("podium chain ledger *", Where.CLUSTER, statuses=(0, 1)),
    Rule("podium chain *", Where.CLUSTER, statuses=(0, 1)),
    Rule("podium doctor", Where.CLUSTER, statuses=(0, 1)),
    Rule("podium explain --no-work *", Where.CLUSTER, statuses=(0, 1)),
    Rule("podium sessions *", Where.CLUSTER, statuses=(0, 1)),
    Rule("podium *", Where.CLUSTER),
    Rule("podium-worker transcode * --hardware nvidia *", Where.NOWHERE, "needs a GPU"),
    Rule("make scaling-pictures", Where.ELSEWHERE, "tests/docs/test_pictures.py"),
    Rule("kubectl top *", Where.NOWHERE, "needs a metrics server"),
    Rule("kubectl -n podium-system port-forward *", Where.CLUSTER, lasts=True),
    Rule("kubectl logs * --previous *", Where.CLUSTER, statuses=(0, 1)),
    Rule("kubectl logs *| grep *", Where.CLUSTER, statuses=(0, 1)),
    Rule("kubectl get orchestrator figaro *", Where.ELSEWHERE, _OTHER),
    Rule("jq *", Where.CLUSTER),
    Rule("kubectl *", Where.CLUSTER),
    Rule("helm *", Where.CLUSTER),
    # manifests/README.md
    Rule("mkdir *", Where.CLUSTER),
    Rule("cp manifests/*", Where.CLUSTER),
    Rule("cat > deploy/*", Where.CLUSTER),
)


def rule_of(command: Command) -> Rule | None:
    """Return the rule of a command; None where nobody thought of it."""
    return next((rule for rule in RULES if fnmatchcase(command.flat, rule.pattern)), None)
