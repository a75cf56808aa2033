"""What the talent explorer knows and may show, without any widget.

Nothing is decided and nothing is estimated here. Every message from the page is client input: the actor comes from the
server, people and vacancies of an instansi that is not given to that person do not exist for the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.analysis.explorer import SORTS, People
from workbench.apps.messages import refusal, text, unasked, whole
from workbench.apps.talent.card import Cards
from workbench.apps.talent.compared import MOST, compared
from workbench.apps.talent.shown import grid_view, row_view, wanted_of
from workbench.apps.talent.vacancies import Vacancies, match_texts
from workbench.i18n import _, format_number
from workbench.reports.signed import signed_state
from workbench.review import Store, log
from workbench.review.permissions import Permissions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.workspace import Workspace

__all__ = ["TalentModel"]

ACTION = "see_talent"


class TalentModel:
    """State of one reader's page: the data and who reads; filters and lists stay in the page.

    Parameters
    ----------
    workspace : Workspace
    actor : str
        Who reads.

    Raises
    ------
    ValueError
        When the person may not see the explorer, or there are no boxes yet.
    """

    def __init__(self, workspace: Workspace, *, actor: str) -> None:
        self.workspace, self.actor = workspace, actor
        self._store = Store(workspace.database_url) if log.exists(workspace.database_url) else None
        self._load()

    def close(self) -> None:
        """Close the connections to the log."""
        if self._store is not None:
            self._store.close()

    def handle(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Answer what the page asks.

        Returns
        -------
        dict
            ``kind``, the token of the request, and what belongs to the kind: ``people``, ``card``, ``compare``,
            ``vacancy``, ``state`` with the whole view after the data have changed, ``error`` with a sentence, ``pong``.
        """
        actions = {"people": self._people, "card": self._card, "compare": self._compare, "vacancy": self._vacancy}
        kind, token = text(message, "kind"), text(message, "token")
        nothing = unasked(message, actions)
        if nothing is not None:
            return nothing
        try:
            if self._signature() != self._seen:
                self._load()
                notice = _("Kotak atau berita acara berubah; daftar dimuat ulang.")
                return {"kind": "state", "token": token, **self.view(), "notice": notice}
            return {"kind": kind, "token": token, **actions[kind](message)}
        except ValueError as problem:
            return refusal(message, str(problem))

    def view(self) -> dict[str, Any]:
        """Return everything the page shows first."""
        people, policy = self.people, self.people.policy
        return {
            "actor": self.actor,
            "title": f"{self.workspace.settings.title}{self.workspace.mark_in_title}",
            "mark": self.workspace.provisional_mark,
            "state": "FINAL" if people.signed else "DRAF",
            "state_words": self._words,
            "signed": people.signed,
            "known": people.known,
            "lines": [list(line) for line in policy.boxes.grid],
            "pool": sorted(policy.boxes.pool),
            "instansi": people.instansi,
            "jenjang": [[key, policy.competencies.title_of(key)] for key in people.jenjang],
            "vacancies": [[code, self._vacancy_title(row)] for code, row in sorted(self.vacancies.known.items())],
            "no_vacancies": self.vacancies.problem,
            "most": MOST,
            "people": self._people({"instansi": people.instansi[0]} if len(people.instansi) == 1 else {}),
        }

    def _load(self) -> None:
        """Read everything as it is now."""
        permissions = Permissions.of(self.workspace)
        permissions.require(self.actor, ACTION)
        seen = self._signature()  # before anything is read, so that a change meanwhile is not missed
        signed, self._words = signed_state(self.workspace)

        def may_see(instansi: str) -> bool:
            return permissions.may_have(self.actor, instansi)

        self.people = People.of(self.workspace, may_see=may_see, signed=signed)
        self.vacancies = Vacancies(self.workspace, self.people, may_see)
        self._cards = Cards(self.workspace, self.people.policy)
        self._titles = {tier.key: tier.title for tier in self.people.policy.competencies.jenjang}
        self._seen = seen

    def _signature(self) -> tuple[object, ...]:
        """Return what changes when boxes or minutes change: an open page must not show what no longer holds."""
        paths = [
            self.workspace.table_path("boxes", "boxes"),
            self.workspace.table_path("final_boxes", "final"),
            self.workspace.table_path("conflicts"),
        ]
        files = [(found.stat().st_mtime_ns, found.stat().st_ino) if found.is_file() else None for found in paths]
        if self._store is None:
            return (*files, log.exists(self.workspace.database_url))
        ledger = self._store.ledger()
        # Before there are minutes votes change nothing here: they are blind.
        return (*files, ledger.had_minutes and ledger.about_cases)

    def _people(self, message: Mapping[str, Any]) -> dict[str, Any]:
        wanted = wanted_of(message, self.people)
        sort = text(message, "sort") or ("p_pool" if self.people.known else "box")
        descending = message.get("descending") is not False
        found = self.people.page(wanted, sort=sort, descending=descending, page=whole(message, "page") or 1)
        return {
            "grid": grid_view(self.people, wanted),
            "rows": [row_view(row, self._titles, signed=self.people.signed) for row in found.rows],
            "total": found.total,
            "total_words": _("{n} orang").format(n=format_number(found.total)),
            "page": found.page,
            "pages": found.pages,
            "sort": sort,
            "descending": descending,
            "asked": {
                "instansi": wanted.instansi,
                "jenjang": wanted.jenjang,
                "words": wanted.words,
                "boxes": list(wanted.boxes),
                "p_pool": round(100 * wanted.p_pool),
                "placed": wanted.placed,
                "reviewed": wanted.reviewed,
            },
            "sorts": list(SORTS),
        }

    def _card(self, message: Mapping[str, Any]) -> dict[str, Any]:
        row = self._person(text(message, "participant"))
        posts = [
            {**match_texts(match), "vacancy": match["vacancy"], "title": self._vacancy_title(match["vacancy"])}
            for match in self.vacancies.posts(row["participant_id"])
        ]
        return {"card": {**self._cards.cards([row])[0], "posts": posts}}

    def _compare(self, message: Mapping[str, Any]) -> dict[str, Any]:
        asked = message.get("participants")
        names = list(dict.fromkeys(name for name in asked if isinstance(name, str))) if isinstance(asked, list) else []
        if not 2 <= len(names) <= MOST:
            raise ValueError(_("Pilih dua sampai {most} orang untuk dibandingkan.").format(most=MOST))
        rows = [self._person(name) for name in names]
        return compared(rows, self._cards.cards(rows))

    def _vacancy(self, message: Mapping[str, Any]) -> dict[str, Any]:
        code = text(message, "vacancy")
        found = self.vacancies.candidates(code, whole(message, "page") or 1)
        people = self.people.boxes_of([str(row["participant_id"]) for row in found.rows])
        rows = []
        for match in found.rows:
            person = people[str(match["participant_id"])]
            shown = row_view(person, self._titles, signed=self.people.signed)
            left = self.people.signed and person["box"] not in self.people.policy.boxes.pool
            rows.append({**shown, **match_texts(match), "place": match["place"], "left": left})
        return {
            "vacancy": code,
            "title": self._vacancy_title(code),
            "rows": rows,
            "total": found.total,
            "total_words": _("{n} calon").format(n=format_number(found.total)),
            "page": found.page,
            "pages": found.pages,
        }

    def _person(self, participant: str) -> dict[str, Any]:
        row = self.people.person(participant)
        if row is None:
            raise ValueError(_("Peserta '{person}' tidak ada pada daftar Anda.").format(person=participant[:40]))
        return row

    def _vacancy_title(self, vacancy: str | dict[str, Any]) -> str:
        row = self.vacancies.known[vacancy] if isinstance(vacancy, str) else vacancy
        tier = self._titles.get(str(row["jenjang"]), str(row["jenjang"]))
        where = " · ".join(str(part) for part in (row.get("unit"), row["instansi"]) if part)
        return f"{row['vacancy']} · {row['jabatan']} ({tier}) · {where}"
