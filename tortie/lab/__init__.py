"""Hosts, pods and VMs as network namespaces: put up, probed, changed and taken down."""

from tortie.lab.allocate import allocated
from tortie.lab.file import decode_lab, encode_lab, load_lab
from tortie.lab.lab import RUN, Running, attach, down, lab_up, running_labs, up
from tortie.lab.packets import icmp_echo, ip_packet, payload_of, tcp_syn, udp_datagram
from tortie.lab.probe import Answer, Outcome, Probe, ProbeProtocol, measure
from tortie.lab.processes import Process, end
from tortie.lab.raw import Capture, send_raw
from tortie.lab.stream import Stream
from tortie.lab.topology import (
    Address,
    External,
    Host,
    Lab,
    Listener,
    Member,
    Namespace,
    Transport,
    Workload,
    WorkloadPort,
    WorkloadType,
)

__all__ = [
    "RUN",
    "Address",
    "Answer",
    "Capture",
    "External",
    "Host",
    "Lab",
    "Listener",
    "Member",
    "Namespace",
    "Outcome",
    "Probe",
    "ProbeProtocol",
    "Process",
    "Running",
    "Stream",
    "Transport",
    "Workload",
    "WorkloadPort",
    "WorkloadType",
    "allocated",
    "attach",
    "decode_lab",
    "down",
    "encode_lab",
    "end",
    "icmp_echo",
    "ip_packet",
    "lab_up",
    "load_lab",
    "measure",
    "payload_of",
    "running_labs",
    "send_raw",
    "tcp_syn",
    "udp_datagram",
    "up",
]
