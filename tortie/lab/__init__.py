"""Hosts, pods and VMs as network namespaces: put up, policed, probed beside what is evaluated, and taken down."""

from tortie.lab.allocate import allocated
from tortie.lab.compare import Comparison, compare, every_question
from tortie.lab.expected import LAB_SETTINGS, Evaluated, Expectation, Question
from tortie.lab.file import decode_lab, encode_lab, load_lab
from tortie.lab.lab import RUN, Running, attach, down, lab_up, running_labs, up
from tortie.lab.matrix import cells, matrix_lines
from tortie.lab.packets import icmp_echo, ip_packet, payload_of, tcp_syn, udp_datagram
from tortie.lab.policed import Policed, attach_policed, policed_up, raise_policed
from tortie.lab.probe import Answer, Outcome, Probe, ProbeProtocol, measure
from tortie.lab.processes import Process, end, foreground
from tortie.lab.raw import Capture, send_raw
from tortie.lab.store import environment
from tortie.lab.stream import Stream
from tortie.lab.text import comparison_document, comparison_lines, labs_lines, members_lines
from tortie.lab.topology import (
    Address,
    External,
    Host,
    Lab,
    Listener,
    Member,
    Namespace,
    Service,
    Transport,
    Workload,
    WorkloadPort,
    WorkloadType,
)

__all__ = [
    "LAB_SETTINGS",
    "RUN",
    "Address",
    "Answer",
    "Capture",
    "Comparison",
    "Evaluated",
    "Expectation",
    "External",
    "Host",
    "Lab",
    "Listener",
    "Member",
    "Namespace",
    "Outcome",
    "Policed",
    "Probe",
    "ProbeProtocol",
    "Process",
    "Question",
    "Running",
    "Service",
    "Stream",
    "Transport",
    "Workload",
    "WorkloadPort",
    "WorkloadType",
    "allocated",
    "attach",
    "attach_policed",
    "cells",
    "compare",
    "comparison_document",
    "comparison_lines",
    "decode_lab",
    "down",
    "encode_lab",
    "end",
    "environment",
    "every_question",
    "foreground",
    "icmp_echo",
    "ip_packet",
    "lab_up",
    "labs_lines",
    "load_lab",
    "matrix_lines",
    "measure",
    "members_lines",
    "payload_of",
    "policed_up",
    "raise_policed",
    "running_labs",
    "send_raw",
    "tcp_syn",
    "udp_datagram",
    "up",
]
