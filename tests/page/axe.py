"""axe-core, the accessibility rules that the page is held to: a pinned npm package, never kept."""

from typing import Any

from playwright.async_api import Page
from tests.devnet.npm import NpmPackage, package_folder

__all__ = ["AXE", "violations"]

AXE = NpmPackage(
    "axe-core",
    "4.14.1",
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    ("axe.min.js",),
)


async def violations(page: Page) -> list[str]:
    """Return what axe finds wrong in the page as it is now: rule and element, a line each."""
    await page.evaluate((package_folder(AXE) / AXE.members[0]).read_text(encoding="utf-8"))
    found: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
