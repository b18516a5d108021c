"""What a node function raises; Step Functions sees the class's name as the error's.

Exception
├── TryFailed          the node has tries left: the Task's Retry is to come again
├── Stopped            the node failed for good and the execution with it, or the execution does not run
│                      (any more) in this attempt: nothing was started
├── Superseded         another invocation has this node: this one's work does not count
├── Interrupted        a service that the function needs failed: the Task's Retry is to come again
└── Cancelled          a node that is under way is to leave off; the guard makes `Stopped` of it
"""

from __future__ import annotations


class TryFailed(Exception):
    pass


class Stopped(Exception):
    pass


class Superseded(Exception):
    pass


class Interrupted(Exception):
    pass


class Cancelled(Exception):
    pass
