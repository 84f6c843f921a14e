"""The sheet of first passwords that is handed out once: by team, so that it can be cut into slips."""

from io import BytesIO

import xlsxwriter

from sijin.dispatch.models import Campaign, Membership
from sijin.people.models import Account

HEADERS = ("工作组", "组名", "姓名", "单位", "角色", "登录名", "初始密码")
WIDTHS = (10, 26, 20, 26, 10, 16, 26)


def sheet(campaign: Campaign, given: list[tuple[Account, str]]) -> bytes:
    """Return accounts with their first passwords as .xlsx, in the order of the teams, leaders first (one query)."""
    seats = Membership.objects.filter(team__campaign=campaign).select_related("team")
    of_official = {seat.official_id: seat for seat in seats}
    rows = []
    for account, password in given:
        seat = of_official.get(account.official_id)
        number, team, leads = (seat.team.number, seat.team.name, seat.leads) if seat else ("", "", False)
        names = (account.official.name, account.official.unit.name, str(account.get_role_display()))
        rows.append(((number, not leads, account.username), (number, team, *names, account.username, password)))
    kept = BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True, "strings_to_formulas": False})
    page = book.add_worksheet("账号")
    page.freeze_panes(1, 0)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.repeat_rows(0)
    page.write_row(0, 0, HEADERS, book.add_format({"bold": True, "bg_color": "#F3EFE7"}))
    secret = book.add_format({"font_name": "Consolas"})
    for n, (_order, row) in enumerate(sorted(rows), start=1):
        page.write_row(n, 0, row[:-1])
        page.write_string(n, len(row) - 1, row[-1], secret)
    for n, width in enumerate(WIDTHS):
        page.set_column(n, n, width)
    book.close()
    return kept.getvalue()
