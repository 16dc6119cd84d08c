"""Every flow, in the order of the menu."""

from flows.engine.flow import Flows
from flows.news import news
from flows.news_answers import less, more, read_item
from flows.news_answers import stop as stop_news
from flows.news_choices import choices
from flows.report import report
from flows.report_followup import followup, not_settled, report_card, settled, unfollow
from flows.settings import language, settings, stop
from flows.welcome import help_, welcome


def all_flows() -> Flows:
    return Flows(
        [
            report,
            followup,
            news,
            settings,
            language,
            welcome,
            help_,
            stop,
            report_card,
            unfollow,
            settled,
            not_settled,
            choices,
            read_item,
            less,
            more,
            stop_news,
        ]
    )
