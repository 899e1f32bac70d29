"""The chat page in a tab, as its user has it."""

from dataclasses import dataclass

from playwright.sync_api import Locator

from support.browser import Tab


@dataclass(frozen=True)
class ChatPage:
    """What a user does on the page, and sees there."""

    tab: Tab

    def begin(self, text: str) -> None:
        """Asks, and leaves the answer to come."""
        self.tab.page.get_by_role("textbox", name="Message").fill(text)
        self.tab.page.keyboard.press("Enter")

    def ask(self, text: str) -> Locator:
        """Asks, and gives the answer when it has ended, whichever way."""
        self.begin(text)
        return self.ended()

    def ended(self) -> Locator:
        """The last answer, when it has ended."""
        self.tab.page.locator("[aria-label=Stop]").wait_for(
            state="hidden"
        )  # looking by roles takes long in a long page
        return self.last

    @property
    def last(self) -> Locator:
        return self.tab.page.locator("article.answer").last

    @property
    def prose(self) -> Locator:
        """The last answer's text."""
        return self.last.locator(".prose")

    @property
    def text(self) -> str:
        """What can be read in the last answer."""
        return self.prose.text_content() or ""

    @property
    def markup(self) -> str:
        """What the last answer's text is made of."""
        return self.prose.inner_html()

    @property
    def announced(self) -> str:
        """What a screen reader was told last."""
        return self.tab.page.get_by_role("status").text_content() or ""

    def press(self, name: str) -> None:
        """Clicks a button."""
        self.tab.page.get_by_role("button", name=name, exact=True).last.click()
