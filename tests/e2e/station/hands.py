"""What people do at a station's device, and what arrives of it."""

import json
from dataclasses import dataclass
from datetime import timedelta

from playwright.async_api import Page, expect

from shared.calendar import local_day
from shared.ids import to_text
from tests.support.browser import Watch
from tests.support.eventually import eventually
from tests.support.intake.desk import Desk
from tests.support.line import Line
from tests.support.site import Site

NEW = "/intake/new"
FAULTS = (
    "net::ERR_",
    "Failed to fetch",
    "status of 401",
    "status of 404",
    "status of 422",
    "status of 409",
)
"""What a browser notes of a cut line, of refusals, and of a site without a router."""
KEPT = """async () => {
  const asked = indexedDB.open("jianyi-station", 1);
  await new Promise((done) => { asked.onsuccess = done; });
  const all = asked.result.transaction("items").objectStore("items").getAll();
  await new Promise((done) => { all.onsuccess = done; });
  asked.result.close();
  return all.result;
}"""
"""Reads what a device keeps."""
AGED = """async ([title, days]) => {
  const asked = indexedDB.open("jianyi-station", 1);
  await new Promise((done) => { asked.onsuccess = done; });
  const items = asked.result.transaction("items", "readwrite").objectStore("items");
  const all = items.getAll();
  await new Promise((done) => { all.onsuccess = done; });
  const one = all.result.find((one) => one.title === title);
  const back = (when) => new Date(Date.parse(when) - days * 86400000).toISOString();
  one.at -= days * 86400000;
  one.opened_at = back(one.opened_at);
  const day = one.fields.find(([name]) => name === "day");
  day[1] = back(day[1]).slice(0, 10);
  const put = items.put(one);
  await new Promise((done) => { put.onsuccess = done; });
  asked.result.close();
}"""
"""Makes a draft that a device keeps so many days older."""
FILES = KEPT.replace('"items"', '"files"')
"""Reads the files that a device keeps."""
READY = """async () => navigator.serviceWorker.controller !== null
  && (await (await caches.open("station-pages")).match("/intake/new")) !== undefined"""


@dataclass
class StationDevice:
    page: Page
    watch: Watch
    line: Line
    site: Site[Desk]

    async def sign_in(self, who: str = "station_staff", path: str = NEW) -> None:
        await self.site.open(self.page, who, path)

    async def open(self, path: str = NEW) -> None:
        await self.page.goto(f"{self.line.url}{path}")

    async def ready(self) -> None:
        """Wait until this device has what it needs to open the form without a line."""
        await eventually(lambda: self.page.evaluate(READY))

    async def type(self, title: str, **more: str) -> None:
        """Fill in the form of a new item."""
        await expect(self.page.locator("#new-item:not([inert])")).to_be_visible()
        await self.page.get_by_label("一句话说明").fill(title)
        await self.page.get_by_label("具体情况").fill(more.get("body", "园区夜间经常停电。"))
        await self.page.get_by_text("困难问题").click()

        async def is_kept() -> bool:
            kept = await self.page.evaluate(KEPT)
            fields = [one["fields"] for one in kept if one.get("title") == title]
            return any(name == "item_type" for one in fields for name, _value in one)

        await eventually(is_kept)

    async def keeps(self, *names: str) -> bool:
        """Tell whether files of these names are among those that this device keeps, or none."""
        names_of = "(all) => all.flatMap((one) => one.files.map(([, file]) => file.name))"
        kept = await self.page.evaluate(f"async () => ({names_of})(await ({FILES})())")
        return {*names} <= {*kept} if names else kept == []

    async def send(self) -> None:
        await self.page.get_by_role("button", name="提交这件建议").click()

    async def sees(self, *words: str) -> None:
        for one in words:
            await expect(self.page.locator("main")).to_contain_text(one, timeout=15_000)

    async def counts(self, words: str) -> None:
        await expect(
            self.page.get_by_role("status").and_(self.page.locator("#unsent"))
        ).to_contain_text(words, timeout=15_000)

    async def reopen(self, path: str = NEW) -> None:
        """Close the page at once and open another one."""
        context = self.page.context
        await self.page.close()
        self.page = await context.new_page()
        await self.open(path)

    async def arrived(self, title: str) -> int:
        """Count the items with this title."""
        rows = await self.site.desk.sql(
            "SELECT count(*) AS n FROM item_text WHERE title = $1", title
        )
        return int(rows[0]["n"])

    async def arrives(self, title: str) -> None:
        async def here() -> bool:
            return await self.arrived(title) > 0

        await eventually(here, 60)

    async def actor(self, title: str) -> str:
        """Tell who submitted the item with this title."""
        (row,) = await self.site.desk.sql(
            "SELECT payload FROM outbox JOIN item_text USING (key)"
            " WHERE title = $1 AND type = 'item.submitted'",
            title,
        )
        by = json.loads(row["payload"])["actor"]
        people = ("station_staff", "colleague")
        return next(who for who in people if to_text(self.site.desk.person(who)) == by)

    async def client_id(self, title: str) -> str:
        """Give the id under which the item with this title arrived."""
        (row,) = await self.site.desk.sql(
            "SELECT client_id FROM item JOIN item_text USING (key) WHERE title = $1", title
        )
        return str(row["client_id"])

    async def ids(self, title: str) -> list[str]:
        """List the ids of what this device keeps under this title."""
        kept = await self.page.evaluate(KEPT)
        return [one["id"] for one in kept if one.get("title") == title]

    async def day(self, days: int) -> str:
        """Give a day so many days from today, as the database counts."""
        async with self.site.desk.service.db.begin() as tx:
            return (local_day(tx.now) + timedelta(days=days)).isoformat()

    def forgive(self) -> None:
        """Drop what a browser notes of a line that was cut on purpose."""
        self.watch.troubles = [
            one for one in self.watch.troubles if not any(fault in one for fault in FAULTS)
        ]
