"""The messages on the wire, byte by byte, and beside another client's."""

from __future__ import annotations

import pytest
from google.protobuf import descriptor_pool

from tortie.datastore import etcd_messages as messages


def test_a_transaction_on_the_wire() -> None:
    request = messages.TxnRequest(
        compare=[messages.Compare(key=b"k", target=2, mod_revision=0)],
        success=[messages.RequestOp(request_put=messages.PutRequest(key=b"k", value=b"v"))],
        failure=[messages.RequestOp(request_range=messages.RangeRequest(key=b"k"))],
    )
    compare = b"\x10\x02\x1a\x01k\x30\x00"  # target MOD, key, and a revision that is there although it is 0
    put, get = b"\x12\x06\x0a\x01k\x12\x01v", b"\x0a\x03\x0a\x01k"
    parts = ((b"\x0a", compare), (b"\x12", put), (b"\x1a", get))
    assert request.SerializeToString() == b"".join(tag + bytes([len(part)]) + part for tag, part in parts)


def test_a_watch_on_the_wire() -> None:
    create = messages.WatchCreateRequest(
        key=b"a", range_end=b"b", start_revision=300, progress_notify=True, fragment=True
    )
    wire = b"\x0a\x01a\x12\x01b\x18\xac\x02\x20\x01\x40\x01"
    assert messages.WatchRequest(create_request=create).SerializeToString() == b"\x0a" + bytes([len(wire)]) + wire


def test_an_answer_with_events_is_read() -> None:
    entry = b"\x0a\x01k\x18\x07\x2a\x01v"  # key, mod_revision, value
    put, removed = b"\x12\x08" + entry, b"\x08\x01\x12\x05\x0a\x01k\x18\x08"
    wire = b"".join((b"\x0a\x02\x18\x09", b"\x5a\x0a", put, b"\x5a\x09", removed, b"\x72\x03new"))
    answer = messages.WatchResponse.FromString(wire)
    assert answer.header.revision == 9
    assert [(event.type, event.kv.key, event.kv.mod_revision, event.kv.value) for event in answer.events] == [
        (0, b"k", 7, b"v"),
        (1, b"k", 8, b""),
    ]


def test_another_client_may_register_the_original_names() -> None:
    for name in ("etcdserverpb.RangeRequest", "tortie.etcdpb.RangeRequest"):
        with pytest.raises(KeyError):
            descriptor_pool.Default().FindMessageTypeByName(name)
