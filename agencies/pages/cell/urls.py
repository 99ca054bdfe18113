"""Addresses of a cell's administration, under /cellule/."""

from django.urls import path

from agencies.pages.cell import overview, protocol, rules, taking_part, territory

urlpatterns = [
    path("", overview.cell, name="cell"),
    path("protocole/", protocol.protocol, name="cell_protocol"),
    path("protocole/version/", protocol.protocol_new, name="cell_protocol_new"),
    path("regles/", rules.rules, name="cell_rules"),
    path("organismes/", taking_part.agencies, name="cell_agencies"),
    path("organismes/ajouter/", taking_part.agency_search, name="cell_agency_search"),
    path("organismes/nouveau/", taking_part.agency_new, name="cell_agency_new"),
    path("organismes/annuaire/<uuid:agency_id>/", taking_part.accede, name="cell_accede"),
    path("organismes/<uuid:accession_id>/", taking_part.accession, name="cell_accession"),
    path("territoire/", territory.territories, name="cell_territories"),
    path("territoire/<slug:function>/", territory.territory, name="cell_territory"),
    path(
        "territoire/<slug:function>/tableau/",
        territory.territory_table,
        name="cell_territory_table",
    ),
]
