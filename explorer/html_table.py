"""How tables look on a page: wide ones scroll within their region, row headings stay in sight."""

from explorer.colors import BACKGROUNDS
from stickgen.tables import Table

STYLE = f"""<style>
.wide-table {{ overflow-x: auto; max-width: 100%; }}
.wide-table table {{ border-collapse: collapse; width: 100%; font-size: 0.875rem; }}
.wide-table th, .wide-table td {{ padding: 0.3rem 0.5rem; border-bottom: 1px solid rgba(128, 128, 128, 0.35); }}
.wide-table th {{ text-align: left; vertical-align: bottom; font-weight: 600; }}
.wide-table td {{ vertical-align: top; }}
.wide-table td.short {{ white-space: nowrap; }}
.wide-table .middle {{ min-width: 9rem; }}
.wide-table .long {{ min-width: 14rem; }}
.wide-table .number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.wide-table th[scope="row"] {{ font-weight: 400; vertical-align: top; min-width: 7rem; overflow-wrap: anywhere; }}
.wide-table:has(th[scope="row"]) th:first-child {{
  position: sticky; left: 0; background: light-dark({BACKGROUNDS["light"]}, {BACKGROUNDS["dark"]});
}}
.wide-table td.lines {{ min-width: 9rem; font-variant-numeric: tabular-nums; }}
.wide-table td.lines.long {{ min-width: 15rem; }}
.wide-table td.lines::first-line {{ font-weight: 600; }}
.with-total tbody tr:last-child > * {{ font-weight: 600; }}
</style>"""


def table_html(table: Table) -> str:
    """A table as the pages show it."""
    return STYLE + table.to_html()
