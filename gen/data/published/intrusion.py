"""NSL-KDD: connections in a network, normal ones and attacks (M. Tavallaee, E. Bagheri, W. Lu,
A. Ghorbani, "A detailed analysis of the KDD CUP 99 data set", CISDA 2009).

Trained on are the 25,192 rows of KDDTrain+_20Percent, tested on the 22,544 of KDDTest+, in which
are attacks that the training part has not. Two classes, "normal" and "attack": all 39 names of
attacks are the second one, the task that most papers report. Of the 41 columns three are texts, and
`num_outbound_cmds` is not looked at: it is 0 in every row. Neither is how hard a row is, which the
files tell behind the label.
"""

import numpy as np

from gen.data.own.columns import Column, Columns
from gen.data.published.fetch import Source
from gen.data.published.rows import read_rows

__all__ = ["CLASSES", "COLUMNS", "FILES", "read_connections"]

CLASSES = ("normal", "attack")
TEXTS = {
    "protocol_type": ("icmp", "tcp", "udp"),
    "service": (
        *("IRC", "X11", "Z39_50", "aol", "auth", "bgp", "courier", "csnet_ns", "ctf", "daytime"),
        *("discard", "domain", "domain_u", "echo", "eco_i", "ecr_i", "efs", "exec", "finger"),
        *("ftp", "ftp_data", "gopher", "harvest", "hostnames", "http", "http_2784", "http_443"),
        *("http_8001", "imap4", "iso_tsap", "klogin", "kshell", "ldap", "link", "login", "mtp"),
        *("name", "netbios_dgm", "netbios_ns", "netbios_ssn", "netstat", "nnsp", "nntp", "ntp_u"),
        *("other", "pm_dump", "pop_2", "pop_3", "printer", "private", "red_i", "remote_job"),
        *("rje", "shell", "smtp", "sql_net", "ssh", "sunrpc", "supdup", "systat", "telnet"),
        *("tftp_u", "tim_i", "time", "urh_i", "urp_i", "uucp", "uucp_path", "vmnet", "whois"),
    ),
    "flag": ("OTH", "REJ", "RSTO", "RSTOS0", "RSTR", "S0", "S1", "S2", "S3", "SF", "SH"),
}
NAMES = (
    *("duration", "protocol_type", "service", "flag", "src_bytes", "dst_bytes", "land"),
    *("wrong_fragment", "urgent", "hot", "num_failed_logins", "logged_in", "num_compromised"),
    *("root_shell", "su_attempted", "num_root", "num_file_creations", "num_shells"),
    *("num_access_files", "num_outbound_cmds", "is_host_login", "is_guest_login", "count"),
    *("srv_count", "serror_rate", "srv_serror_rate", "rerror_rate", "srv_rerror_rate"),
    *("same_srv_rate", "diff_srv_rate", "srv_diff_host_rate", "dst_host_count"),
    *("dst_host_srv_count", "dst_host_same_srv_rate", "dst_host_diff_srv_rate"),
    *("dst_host_same_src_port_rate", "dst_host_srv_diff_host_rate", "dst_host_serror_rate"),
    *("dst_host_srv_serror_rate", "dst_host_rerror_rate", "dst_host_srv_rerror_rate"),
)
LABEL = "label"
IGNORED = ("num_outbound_cmds", "difficulty")
COLUMNS = Columns(
    tuple(Column(name, TEXTS.get(name, ())) for name in NAMES if name not in IGNORED),
    LABEL,
    IGNORED,
)
WANTED = "KDDTrain+_20Percent.txt.xz and KDDTest+.txt.xz, UNB's texts, plain or packed by xz,"
FILES = (
    Source(
        "nsl-kdd", "KDDTrain+_20Percent.txt.xz", None, "b0f28926934b78755b101abe646d1e28", WANTED
    ),
    Source("nsl-kdd", "KDDTest+.txt.xz", None, "f6f04fde1800095474a65fd0bd9324a7", WANTED),
)
"""UNB gives them to whoever fills in a form (https://www.unb.ca/cic/datasets/nsl.html)."""


def read_connections() -> tuple[np.ndarray, np.ndarray, int]:
    """Features float64 (n, 121), categories as one each, labels int64 (n,), and how many of them
    are for training. Raises DataError where a file cannot be had, or is not of this kind."""
    parts, labels = [], []
    for source in FILES:
        frame = read_rows(source, [*NAMES, LABEL, "difficulty"])
        parts.append(COLUMNS.table(frame, source.name))
        labels.append((frame[LABEL].astype(str) != CLASSES[0]).to_numpy(np.int64))
    return np.concatenate(parts), np.concatenate(labels), len(labels[0])
