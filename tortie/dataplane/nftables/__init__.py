"""The kernel's packet filter: one table of ours as values, as text, as netlink bytes, and the kernel that takes them.

How to use it:

- Describe what should be there with the objects below. Everything is named by text that `name` made, rules carry what
  `comment` made; text of users gets here in no other way. Values are integers (addresses too) and interface names.
- Collect changes in a `Transaction` in any order (`add`, `delete`, `rewrite` a chain, `add_elements`,
  `delete_elements`), then `Kernel.commit` it: all or nothing. Pass only what changed; nothing is compared.
- `Refused` lists each failing operation with its object: enough to find the resource at fault. `Stale` says that
  somebody else committed first: compare again, then retry.
- What depends on what, as the kernel sees it: a rule or an element that jumps needs the chain, a rule that looks up
  needs the set, a rule that counts needs the counter. Within one transaction order does not matter.
- Sets and chains can not change their type, hook or flags: delete and add under another name.
- `table_text` is the listing an operator sees; what was committed lists exactly so.
"""

from .blame import blame, refusal, refused_ranges, suspects
from .boot import boot_table
from .dataplane import Dataplane
from .fake import FakeKernel
from .kernel import LinuxKernel
from .logs import LOG_GROUP, logged_rules, rule_chain
from .names import comment, log_prefix, name
from .objects import (
    ACCEPT,
    DROP,
    PRIORITIES,
    RETURN,
    TABLE,
    Chain,
    Count,
    Counter,
    Element,
    Field,
    Hook,
    Key,
    Limit,
    Log,
    Lookup,
    LookupPriority,
    MarkBit,
    Match,
    NoTrack,
    Object,
    Reject,
    Rule,
    Set,
    SetPriority,
    Statement,
    Table,
    Type,
    Value,
    Verdict,
    Vmap,
    goto,
    jump,
)
from .protocol import Failure, Kernel, Refused, Stale
from .repair import repair
from .ruleset import Actual, ActualRule, Ruleset, ruleset
from .text import rule_text, table_text
from .transaction import Elements, Operation, Transaction, Verb

__all__ = [
    "ACCEPT",
    "DROP",
    "LOG_GROUP",
    "PRIORITIES",
    "RETURN",
    "TABLE",
    "Actual",
    "ActualRule",
    "Chain",
    "Count",
    "Counter",
    "Dataplane",
    "Element",
    "Elements",
    "Failure",
    "FakeKernel",
    "Field",
    "Hook",
    "Kernel",
    "Key",
    "Limit",
    "LinuxKernel",
    "Log",
    "Lookup",
    "LookupPriority",
    "MarkBit",
    "Match",
    "NoTrack",
    "Object",
    "Operation",
    "Refused",
    "Reject",
    "Rule",
    "Ruleset",
    "Set",
    "SetPriority",
    "Stale",
    "Statement",
    "Table",
    "Transaction",
    "Type",
    "Value",
    "Verb",
    "Verdict",
    "Vmap",
    "blame",
    "boot_table",
    "comment",
    "goto",
    "jump",
    "log_prefix",
    "logged_rules",
    "name",
    "refusal",
    "refused_ranges",
    "repair",
    "rule_chain",
    "rule_text",
    "ruleset",
    "suspects",
    "table_text",
]
