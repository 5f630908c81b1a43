"""QR codes of addresses, as pictures in a page."""

import segno
from starlette.requests import Request


def picture_of(address: str, scale: int = 5) -> str:
    """Draw a QR code as a data address, with its quiet zone."""
    return str(segno.make_qr(address, error="m").svg_data_uri(scale=scale, border=4))


def address_at(request: Request, path: str) -> str:
    """Write the whole address of a page of this site, as the reader reached it."""
    return f"{request.url.scheme}://{request.url.netloc}{path}"
