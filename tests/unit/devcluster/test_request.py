"""What a person may ask of `up`, and what a wrong wish is told."""

import pytest
from tests.devcluster.errors import ClusterError
from tests.devcluster.request import NodeRequest, Request, Taint, build_request


def test_nothing_asked_is_one_plain_node() -> None:
    assert build_request() == Request((NodeRequest(),), 0)


def test_options_reach_the_node_they_name() -> None:
    request = build_request(
        2,
        labels=["node-1:tier=gpu", "node-1:zone="],
        taints=["node-1:nvidia.com/gpu=present:NoSchedule", "node-0:busy:NoExecute"],
        gpus=["node-1:2"],
        pretended_nodes=20,
    )

    taint = Taint("nvidia.com/gpu", "present", "NoSchedule")
    assert request.nodes == (
        NodeRequest(taints=(Taint("busy", "", "NoExecute"),)),
        NodeRequest({"tier": "gpu", "zone": ""}, (taint,), gpus=2),
    )
    assert request.pretended_nodes == 20


@pytest.mark.parametrize(
    ("count", "options", "told"),
    [
        pytest.param(0, {}, "--nodes 0: ask for 1 to 4", id="no node at all"),
        pytest.param(5, {}, "--nodes 5: ask for 1 to 4", id="more nodes than a machine holds"),
        pytest.param(1, {"pretended_nodes": -1}, "--kwok -1", id="fewer than no pretended node"),
        pytest.param(1, {"pretended_nodes": 1001}, "0 to 1000", id="far too many pretended nodes"),
        pytest.param(1, {"labels": ["tier=gpu"]}, "NODE:VALUE", id="a label of no node"),
        pytest.param(1, {"labels": ["node-1:a=b"]}, "one of node-0", id="a label of another node"),
        pytest.param(1, {"labels": ["node-0:tier"]}, "NODE:KEY=VALUE", id="a label without value"),
        pytest.param(1, {"taints": ["node-0:a=b"]}, "EFFECT of NoSchedule", id="no effect"),
        pytest.param(1, {"taints": ["node-0:a=b:Never"]}, "EFFECT of", id="an unknown effect"),
        pytest.param(1, {"taints": ["node-0:=b:NoSchedule"]}, "NODE:KEY", id="a taint of no key"),
        pytest.param(1, {"gpus": ["node-0:0"]}, "from 1 to 64", id="no GPU"),
        pytest.param(1, {"gpus": ["node-0:-1"]}, "from 1 to 64", id="less than no GPU"),
        pytest.param(1, {"gpus": ["node-0:²"]}, "from 1 to 64", id="a digit that is no number"),
        pytest.param(1, {"gpus": ["node-0:65"]}, "from 1 to 64", id="a rack of GPUs"),
    ],
)
def test_a_wrong_wish_is_refused_with_how_to_write_it(
    count: int, options: dict[str, object], told: str
) -> None:
    with pytest.raises(ClusterError, match=told):
        build_request(count, **options)  # type: ignore[arg-type]  # a table of wrong ones
