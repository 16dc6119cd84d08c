"""Every flow, in the order of the menu."""

from flows.engine.flow import Flows
from flows.news import news
from flows.news_answers import less, more, read_item
from flows.news_answers import stop as stop_news
from flows.news_choices import choices
from flows.news_still import still_reading
from flows.report import report
from flows.report_followup import followup, not_settled, report_card, settled, unfollow
from flows.settings import language, settings, stop
from flows.staff_member import member
from flows.staff_news import change_item, item_card, staff_news, waiting_items, words_of_item
from flows.staff_news_control import end_otherwise, pause, recall, results, resume, undo
from flows.staff_news_control import stop as stop_sending
from flows.staff_news_correct import correct
from flows.staff_news_review import approve_item, send_back_item
from flows.staff_team import invitation, invite_someone, join, team
from flows.welcome import help_, welcome


def all_flows() -> Flows:
    return Flows(
        [
            report,
            followup,
            news,
            staff_news,
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
            still_reading,
            team,
            join,
            invite_someone,
            invitation,
            member,
            item_card,
            waiting_items,
            change_item,
            words_of_item,
            approve_item,
            send_back_item,
            undo,
            pause,
            resume,
            stop_sending,
            recall,
            correct,
            end_otherwise,
            results,
        ]
    )
