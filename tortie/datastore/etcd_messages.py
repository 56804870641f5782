"""The messages of etcd's API that we speak, as protobuf classes.

Built from the table below when this is first imported, so that no compiler is needed and any protobuf runtime will do.
They live in a package of our own: only numbers and types are on the wire, and another etcd client in the same process
may have registered the original names.

Source: etcd's API, version 3.4, of which this is a part.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

__all__ = [
    "AUTHENTICATE",
    "GRANT",
    "RANGE",
    "TXN",
    "WATCH",
    "AuthenticateRequest",
    "AuthenticateResponse",
    "Compare",
    "DeleteRangeRequest",
    "KeyValue",
    "LeaseGrantRequest",
    "LeaseGrantResponse",
    "PutRequest",
    "RangeRequest",
    "RangeResponse",
    "RequestOp",
    "TxnRequest",
    "TxnResponse",
    "WatchCreateRequest",
    "WatchRequest",
    "WatchResponse",
]

RANGE = "/etcdserverpb.KV/Range"
TXN = "/etcdserverpb.KV/Txn"
WATCH = "/etcdserverpb.Watch/Watch"
GRANT = "/etcdserverpb.Lease/LeaseGrant"
AUTHENTICATE = "/etcdserverpb.Auth/Authenticate"

_PACKAGE = "tortie.etcdpb"
# A field a line: name, number, type; `*` is repeated, `|` one of several that exclude each other.
_SCHEMA: dict[str, str] = {
    "ResponseHeader": "cluster_id 1 uint64, member_id 2 uint64, revision 3 int64, raft_term 4 uint64",
    "KeyValue": (
        "key 1 bytes, create_revision 2 int64, mod_revision 3 int64, version 4 int64, value 5 bytes, lease 6 int64"
    ),
    "Event": "type 1 int32, kv 2 KeyValue, prev_kv 3 KeyValue",
    "RangeRequest": (
        "key 1 bytes, range_end 2 bytes, limit 3 int64, revision 4 int64, serializable 7 bool, keys_only 8 bool, "
        "count_only 9 bool"
    ),
    "RangeResponse": "header 1 ResponseHeader, kvs 2 *KeyValue, more 3 bool, count 4 int64",
    "PutRequest": "key 1 bytes, value 2 bytes, lease 3 int64, prev_kv 4 bool",
    "PutResponse": "header 1 ResponseHeader, prev_kv 2 KeyValue",
    "DeleteRangeRequest": "key 1 bytes, range_end 2 bytes, prev_kv 3 bool",
    "DeleteRangeResponse": "header 1 ResponseHeader, deleted 2 int64, prev_kvs 3 *KeyValue",
    "RequestOp": "request_range 1 |RangeRequest, request_put 2 |PutRequest, request_delete_range 3 |DeleteRangeRequest",
    "ResponseOp": (
        "response_range 1 |RangeResponse, response_put 2 |PutResponse, response_delete_range 3 |DeleteRangeResponse"
    ),
    "Compare": "result 1 int32, target 2 int32, key 3 bytes, version 4 |int64, mod_revision 6 |int64",
    "TxnRequest": "compare 1 *Compare, success 2 *RequestOp, failure 3 *RequestOp",
    "TxnResponse": "header 1 ResponseHeader, succeeded 2 bool, responses 3 *ResponseOp",
    "WatchCreateRequest": (
        "key 1 bytes, range_end 2 bytes, start_revision 3 int64, progress_notify 4 bool, prev_kv 6 bool, "
        "watch_id 7 int64, fragment 8 bool"
    ),
    "WatchCancelRequest": "watch_id 1 int64",
    "WatchRequest": "create_request 1 |WatchCreateRequest, cancel_request 2 |WatchCancelRequest",
    "WatchResponse": (
        "header 1 ResponseHeader, watch_id 2 int64, created 3 bool, canceled 4 bool, compact_revision 5 int64, "
        "cancel_reason 6 string, fragment 7 bool, events 11 *Event"
    ),
    "LeaseGrantRequest": "TTL 1 int64, ID 2 int64",
    "LeaseGrantResponse": "header 1 ResponseHeader, ID 2 int64, TTL 3 int64, error 4 string",
    "AuthenticateRequest": "name 1 string, password 2 string",
    "AuthenticateResponse": "header 1 ResponseHeader, token 2 string",
}


def _add_field(message: descriptor_pb2.DescriptorProto, text: str) -> None:
    name, number, kind = text.split()
    mark, kind = (kind[0], kind[1:]) if kind[0] in "*|" else ("", kind)
    field = message.field.add(name=name, number=int(number))
    shape = descriptor_pb2.FieldDescriptorProto
    field.label = shape.LABEL_REPEATED if mark == "*" else shape.LABEL_OPTIONAL
    if mark == "|":
        field.oneof_index = 0
        if not message.oneof_decl:
            message.oneof_decl.add(name="which")
    if kind in _SCHEMA:
        field.type, field.type_name = shape.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    else:
        field.type = shape.Type.Value(f"TYPE_{kind.upper()}")


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="tortie/etcd.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for text in fields.split(", "):
            _add_field(message, text)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = {name: pool.FindMessageTypeByName(f"{_PACKAGE}.{name}") for name in _SCHEMA}
    return {name: message_factory.GetMessageClass(descriptor) for name, descriptor in found.items()}


_CLASSES = _classes()

AuthenticateRequest = _CLASSES["AuthenticateRequest"]
AuthenticateResponse = _CLASSES["AuthenticateResponse"]
Compare = _CLASSES["Compare"]
DeleteRangeRequest = _CLASSES["DeleteRangeRequest"]
KeyValue = _CLASSES["KeyValue"]
LeaseGrantRequest = _CLASSES["LeaseGrantRequest"]
LeaseGrantResponse = _CLASSES["LeaseGrantResponse"]
PutRequest = _CLASSES["PutRequest"]
RangeRequest = _CLASSES["RangeRequest"]
RangeResponse = _CLASSES["RangeResponse"]
RequestOp = _CLASSES["RequestOp"]
TxnRequest = _CLASSES["TxnRequest"]
TxnResponse = _CLASSES["TxnResponse"]
WatchCreateRequest = _CLASSES["WatchCreateRequest"]
WatchRequest = _CLASSES["WatchRequest"]
WatchResponse = _CLASSES["WatchResponse"]
