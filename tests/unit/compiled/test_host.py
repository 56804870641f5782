"""A snapshot keeps host endpoints and dispatches as it keeps its other tables."""

from __future__ import annotations

from tortie.compiled import CompiledRule, Delta, Dispatch, LocalHostEndpoint, Origin, Plan, PolicyUpdate, Snapshot
from tortie.model import Action, Direction, Key, Kind, PolicyClass

END = CompiledRule("end/forward/ingress", Action.PASS, Origin(Direction.INGRESS))
PLAN = Plan("plan", Direction.INGRESS, (), END, PolicyClass.FORWARD)
DISPATCH = Dispatch("own-1", PLAN, default="in-1")
ENDPOINT = LocalHostEndpoint(
    "eth0", Key(Kind.HOST_ENDPOINT, "", "node-1"), {(PolicyClass.FORWARD, Direction.INGRESS): DISPATCH.id}
)


def test_an_update_brings_them_and_takes_them_away() -> None:
    update = PolicyUpdate(
        dispatches=Delta({DISPATCH.id: DISPATCH}),
        owners=Delta({(DISPATCH.id, 7): "in-2"}),
        host_endpoints=Delta({"eth0": ENDPOINT}),
    )
    snapshot = Snapshot().apply(update)
    assert snapshot.host_endpoints == {"eth0": ENDPOINT}
    assert snapshot.dispatches[DISPATCH.id].plan.policy_class is PolicyClass.FORWARD
    assert snapshot.owners == {(DISPATCH.id, 7): "in-2"}
    gone = PolicyUpdate(
        dispatches=Delta(before=dict(snapshot.dispatches)),
        owners=Delta(before=dict(snapshot.owners)),
        host_endpoints=Delta(before=dict(snapshot.host_endpoints)),
    )
    assert snapshot.apply(gone) == Snapshot()
