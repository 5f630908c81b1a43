"""A service as it is, with its requests to Kafka counted: `python -m tests.bench.counted tracker`.

Ends by SIGTERM and leaves the counts in the file that JIANYI_COUNTS names.
"""

import atexit
import json
import os
import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from aiokafka.conn import AIOKafkaConnection

COUNTS = "JIANYI_COUNTS"
"""Names the file that receives how many requests of each kind were sent, as JSON."""


def count_requests() -> None:
    sent: Counter[str] = Counter()
    send = AIOKafkaConnection.send

    def counted(self: AIOKafkaConnection, request: Any, expect_response: bool = True) -> Any:
        sent[type(request).__name__.partition("Request")[0]] += 1
        return send(self, request, expect_response)

    AIOKafkaConnection.send = counted
    file = Path(os.environ[COUNTS])
    # uvicorn raises the signal that ended it again, and by default that ends the process at once.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    atexit.register(lambda: file.write_text(json.dumps(sent), encoding="utf-8"))


if __name__ == "__main__":
    service = sys.argv.pop(1)
    sys.argv.append("serve")
    count_requests()
    runpy.run_module(f"services.{service}", run_name="__main__", alter_sys=True)
