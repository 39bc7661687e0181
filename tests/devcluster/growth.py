"""Adding nodes to a running cluster: real ones, and pretended ones.

Nothing is ever taken away: a node that is no longer wanted is drained, or ends with the cluster.
"""

import dataclasses
from collections.abc import Callable

from tests.devcluster.assembly import write_node
from tests.devcluster.certificates import Authority
from tests.devcluster.cgroups import prepare, survey_machine
from tests.devcluster.control import Control, find_control
from tests.devcluster.control_plane import Tools
from tests.devcluster.errors import ClusterError
from tests.devcluster.kubectl import Kubectl
from tests.devcluster.layout import Home
from tests.devcluster.node import Node
from tests.devcluster.plan import Program
from tests.devcluster.pretended import kwok_program, pretended_nodes, stages
from tests.devcluster.readiness import Watch, make_images_ready, make_node_ready
from tests.devcluster.record import Record, read_record, write_record
from tests.devcluster.request import Request
from tests.devcluster.stage import address_command

__all__ = ["grow", "is_larger"]


def is_larger(home: Home, request: Request) -> bool:
    """Say whether more is asked for than runs."""
    record = _record(home)
    return len(request.nodes) > record.nodes or request.pretended_nodes > record.pretended_nodes


def grow(home: Home, request: Request, tools: Tools, *, tell: Callable[[str], None]) -> None:
    """Add what a request asks for beyond what runs, and wait until it is Ready."""
    record = _record(home)
    home = dataclasses.replace(home, generation=record.generation)
    for index in range(record.nodes, len(request.nodes)):
        _add_node(Watch(home, None, tell), Node(index, home, request.nodes[index]), tools)
        record = dataclasses.replace(record, nodes=index + 1)
        write_record(home, record)
    if request.pretended_nodes > record.pretended_nodes:
        _add_pretended(home, tools, request.pretended_nodes)
        tell(f"{request.pretended_nodes} pretended nodes")
        record = dataclasses.replace(record, pretended_nodes=request.pretended_nodes)
        write_record(home, record)


def _add_node(watch: Watch, node: Node, tools: Tools) -> None:
    layout = survey_machine()
    prepare(layout, node.cgroup)
    node.store.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = Authority.load(node.home.certificates, "ca")
    write_node(node, authority, layout=layout, cni_folder=tools.programs["cni"])
    _run(node.home, [address_command(node.index)], node.programs(tools))
    make_images_ready(watch, node, tools.programs["ctr"])
    with watch.explaining():
        make_node_ready(Kubectl(tools.programs["kubectl"], node.home.kubeconfig), node)
    watch.tell(f"{node.name} is Ready")


def _add_pretended(home: Home, tools: Tools, count: int) -> None:
    (home.root / "kwok.yaml").write_text(stages())
    _run(home, [], (kwok_program(home, tools),))
    tool = Kubectl(tools.programs["kubectl"], home.kubeconfig)
    tool.apply(pretended_nodes(count))


def _run(home: Home, setup: list[tuple[str, ...]], programs: tuple[Program, ...]) -> None:
    """Have the first process run programs that its plan did not hold."""
    control = find_control(home.control)
    assert isinstance(control, Control)
    running = control.ask("status")
    new = [dataclasses.asdict(program) for program in programs if program.name not in running]
    control.ask("add", setup=setup, programs=new)


def _record(home: Home) -> Record:
    record = read_record(home)
    if record is None:
        raise ClusterError("no cluster is running: `make up` starts one")
    return record
