"""Attaching by HTTP: a station's key with a signed body, a person with a form, and what is kept."""

from pathlib import Path

import httpx

from deploy.simulator.station import StationClient
from services.intake.domain.attachments import MIME
from shared.web.csrf import TOKEN, token_of
from tests.support.intake.desk import Desk
from tests.support.officers import BROWSER, as_form

BOUNDARY = "a-boundary-of-the-test"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def multipart(content: bytes, name: str = "现场.jpg", declared: str = "text/html") -> bytes:
    """Write a file as a body, with the token of a page; the kind declared is nobody's business."""
    token = f'Content-Disposition: form-data; name="{TOKEN}"\r\n\r\n{token_of(BROWSER)}'
    head = (
        f"--{BOUNDARY}\r\n{token}\r\n"
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {declared}\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


async def attach(
    station: StationClient, item_id: str, content: bytes, name: str = "现场.jpg"
) -> httpx.Response:
    """Attach a file with the station's key."""
    path, body = f"/intake/v1/items/{item_id}/attachments", multipart(content, name)
    headers = {
        "Authorization": f"Bearer {station.sign('POST', path, body)}",
        "Content-Type": MULTIPART,
    }
    return await station.http.post(path, content=body, headers=headers)


async def attach_by_form(
    desk: Desk, who: str, item_id: str, *files: tuple[str, bytes]
) -> httpx.Response:
    """Attach files in the form of the page."""
    async with await desk.client(who) as client:
        return await client.post(
            f"/intake/items/{item_id}/attachments",
            data=as_form({}),
            files=[("files", (name, content, MIME["jpg"])) for name, content in files],
            headers={"Accept": "text/html"},
        )


def kept(desk: Desk) -> set[Path]:
    """The files in the folder."""
    return {one for one in desk.settings.attachment_folder.glob("??/*") if one.is_file()}
