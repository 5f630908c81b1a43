"""A station's app in small: signs, sends, and keeps what is not yet taken in a folder."""

import hashlib
import json
import os
import secrets
import time
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import OKPKey

ITEMS = "/intake/v1/items"
FINAL, MENDED = {400, 403, 409, 413, 415, 422}, {None, "unknown_station"}
ALONE, ASKED = {"occurred_in_future", "under_repair"}, "date_far_back"


class Station:
    """The app of one station: `enrolment` is what `jianyi station enrol` wrote."""

    def __init__(self, enrolment: Path, folder: Path) -> None:
        self._enrolment: dict[str, Any] = json.loads(enrolment.read_text())
        self._key = OKPKey.import_key(self._enrolment["key"])
        self.waiting, self.taken, self.refused, self.asked = (
            folder / name for name in ("waiting", "taken", "refused", "asked")
        )
        for kept in (self.waiting, self.taken, self.refused, self.asked):
            kept.mkdir(parents=True, exist_ok=True)

    def keep(self, item: dict[str, Any]) -> str:
        """Give an item its UUIDv7 and keep it on the disk before the first try."""
        stamp = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
        own = str(uuid.UUID(int=stamp & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62))
        self._write(self.waiting / f"{own}.json", {"id": own, **item})
        return own

    def confirm(self, own: str) -> None:
        """Let an item wait again whose date the system asked about and a person found right."""
        item = json.loads((self.asked / f"{own}.json").read_text())["item"]
        self._write(self.waiting / f"{own}.json", item | {"date_confirmed": True})
        (self.asked / f"{own}.json").unlink()

    def send(self) -> int:
        """Try all that waits, the oldest first; gives how many seconds to wait, 0 when done."""
        wait = 0
        with httpx.Client(base_url=self._enrolment["address"], timeout=10) as http:
            for file in sorted(self.waiting.iterdir()):
                try:
                    answer = self._post(http, file.read_bytes())
                except httpx.TransportError:
                    return 60  # no network: nothing is lost by waiting
                answer_body = (
                    answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
                )
                code, pause = answer_body.get("code"), int(answer.headers.get("Retry-After", 60))
                if answer.status_code in (200, 201):
                    self._move(file, self.taken, answer_body)
                elif code == ASKED:
                    self._move(file, self.asked, answer_body)
                elif code in ALONE:  # this one later, the others now
                    wait = max(wait, pause)
                elif answer.status_code in FINAL and code not in MENDED:
                    self._move(file, self.refused, answer_body)
                else:  # a busy system; a wrong clock, key or address: the same again later
                    return pause
        return wait

    def _post(self, http: httpx.Client, body: bytes) -> httpx.Response:
        now, digest = int(time.time()), hashlib.sha256(body).digest()
        claims = {
            "iss": self._enrolment["station_code"],
            "aud": self._enrolment["audience"],
            "iat": now,
        }
        claims |= {"exp": now + 120, "htm": "POST", "htu": ITEMS}
        claims["bh"] = urlsafe_b64encode(digest).rstrip(b"=").decode()
        header = {"alg": "Ed25519", "kid": self._enrolment["kid"]}
        token = jwt.encode(header, claims, self._key, algorithms=["Ed25519"])
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return http.post(ITEMS, content=body, headers=headers)

    def _move(self, file: Path, to: Path, answer: dict[str, Any]) -> None:
        self._write(to / file.name, {"item": json.loads(file.read_text()), "answer": answer})
        file.unlink()

    def _write(self, file: Path, content: dict[str, Any]) -> None:
        """Write a file that is whole or not there, whatever happens meanwhile."""
        unfinished = file.parents[1] / file.name
        with unfinished.open("w") as opened:
            json.dump(content, opened, ensure_ascii=False)
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.rename(file)
