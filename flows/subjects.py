"""Every flow, in the order of the menu."""

from flows.engine.flow import Flows
from flows.report import report
from flows.report_followup import followup, not_settled, report_card, settled, unfollow
from flows.settings import language, settings, stop
from flows.staff_team import invite_someone, join, member, team
from flows.welcome import help_, welcome


def all_flows() -> Flows:
    return Flows(
        [
            report,
            followup,
            settings,
            language,
            welcome,
            help_,
            stop,
            report_card,
            unfollow,
            settled,
            not_settled,
            team,
            join,
            invite_someone,
            member,
        ]
    )
