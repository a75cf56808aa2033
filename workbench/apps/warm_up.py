"""What the screens load, done once for all visitors: see `workbench.kernel`.

Importing is not enough: the database, its statements and the widgets load parts of themselves when they are first used.
So the screens are opened once on an empty workspace, which is gone afterwards. The talent explorer is loaded and not
opened: its tables are read by pyarrow, reading starts threads, and no kernel can be forked from a process with two.
"""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path

from workbench.apps.chair.model import ChairModel
from workbench.apps.chair.view import ChairScreen
from workbench.apps.items.changed import ChangedLists
from workbench.apps.items.model import ItemsModel
from workbench.apps.items.view import ItemReview
from workbench.apps.pleno.model import PlenoModel
from workbench.apps.pleno.view import PlenoScreen
from workbench.apps.queue.model import QueueModel
from workbench.apps.queue.view import QueueScreen
from workbench.apps.talent.view import TalentScreen
from workbench.policy import list_policies, load_competencies, load_policy, load_talent_rules
from workbench.review import Store
from workbench.review.items import ItemStore
from workbench.workspace import SETTINGS_FILE, Workspace

__all__ = ["warm_up"]

# What a page asks for beside or after its opening: one to two seconds of import that nobody then waits for.
# Arrow is what the talent explorer reads with; most pages never need it.
ARROW = ("pyarrow.compute", "pyarrow.dataset", "pyarrow.parquet")
LATER = ("workbench.analysis.review_findings", "workbench.reports.release", *ARROW)


def warm_up() -> None:
    """Use what opening a page uses."""
    load_competencies()
    load_talent_rules()
    for key in list_policies():
        load_policy(key)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / SETTINGS_FILE).write_text('name = "empty"\ntitle = ""\n', encoding="utf-8")
        database = Workspace(folder).database_url
        cases, items = Store(database), ItemStore(database)
        queue = QueueScreen(QueueModel(cases, actor="", account="", title=""))
        pleno = PlenoScreen(PlenoModel(cases, actor="", account="", title=""))
        ItemsModel(items, actor="", account="", title="", lists=ChangedLists(Workspace(folder))).view()
        chair = ChairScreen(ChairModel(cases, actor="", title="", checklist=dict, findings=dict))
        for used in (queue, pleno, chair, cases, items):
            used.close()
    TalentScreen.class_traits()
    ItemReview.class_traits()  # an instance would open a database of its own, which nobody could close here
    for module in LATER:
        importlib.import_module(module)
