# SPDX-License-Identifier: Apache-2.0
"""Grafana dashboards as Python values: what all dashboards share. Standard library only.

The JSON is that of Grafana 11 (schema version 39): https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

SCHEMA_VERSION = 39
COLUMNS = 24
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def target(expression, legend="", instant=False, table=False):
    """A query; instant for one value, table for its labels as columns."""
    return {"expr": expression, "legendFormat": legend, "instant": instant, "table": table}


def panel(kind, title, description, unit, targets, width=8, height=8, empty=None, **options):
    """A panel without place and number.

    empty is what it says without data; further options: thresholds, minimum, maximum, stacked, transformations.
    """
    defaults = {"unit": unit, "color": {"mode": "palette-classic"}}
    for key in ("min", "max"):
        if key in options:
            defaults[key] = options[key]
    if empty:
        defaults["noValue"] = empty
    steps = [{"color": "green", "value": None}, *({"color": colour, "value": value} for value, colour in options.get("thresholds", []))]
    defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    made = {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {},
        "targets": [written(each, letter) for each, letter in zip(targets, LETTERS)],
        "width": width,
        "height": height,
    }
    KINDS[kind](made, options)
    if "transformations" in options:
        made["transformations"] = options["transformations"]
    return made


def written(each, letter):
    return {
        "refId": letter,
        "datasource": DATASOURCE,
        "editorMode": "code",
        "expr": each["expr"],
        "legendFormat": each["legendFormat"] or "__auto",
        "instant": each["instant"],
        "range": not each["instant"],
        "format": "table" if each["table"] else "time_series",
    }


def timeseries(made, options):
    stacked = options.get("stacked", False)
    made["fieldConfig"]["defaults"]["custom"] = {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 30 if stacked else 0,
        "showPoints": "never",
        "spanNulls": False,
        "axisLabel": "",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
    }
    made["options"] = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


REDUCE = {"calcs": ["lastNotNull"], "fields": "", "values": False}


def stat(made, options):
    made["fieldConfig"]["defaults"]["color"] = {"mode": "thresholds"}
    made["options"] = {
        "reduceOptions": REDUCE, "colorMode": "value", "graphMode": "area", "justifyMode": "auto",
        "orientation": "auto", "textMode": "auto"}


def bargauge(made, options):
    made["options"] = {
        "reduceOptions": REDUCE, "displayMode": "basic", "orientation": "horizontal", "valueMode": "color",
        "showUnfilled": True, "minVizHeight": 16, "minVizWidth": 8}


def table(made, options):
    made["fieldConfig"]["defaults"]["custom"] = {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True}
    made["options"] = {"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "fields": ""}}


KINDS = {"timeseries": timeseries, "stat": stat, "bargauge": bargauge, "table": table}


def columns(*names):
    """The transformation that shows these labels of a table, in this order, and nothing else."""
    return [{
        "id": "filterFieldsByName",
        "options": {"include": {"names": list(names)}},
    }, {
        "id": "organize",
        "options": {"indexByName": {name: index for index, name in enumerate(names)}, "excludeByName": {}, "renameByName": {}},
    }]


def datasource_variable():
    return {
        "type": "datasource", "name": "datasource", "label": "Data Source", "query": "prometheus", "regex": "",
        "hide": 0, "includeAll": False, "multi": False, "refresh": 1, "options": [], "skipUrlSync": False,
        "current": {"selected": False, "text": "default", "value": "default"}}


def label_variable(name, label, description, series, values_of=None):
    """One whose values are those of a label of some series; any number of them."""
    query = f"label_values({series}, {values_of or name})"
    return {
        "type": "query", "name": name, "label": label, "description": description, "datasource": DATASOURCE,
        "definition": query, "query": {"query": query, "refId": f"variable-{name}"}, "regex": "", "sort": 1,
        "refresh": 2, "hide": 0, "includeAll": True, "multi": True, "allValue": ".+", "options": [],
        "skipUrlSync": False, "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}


def choice_variable(name, label, description, choices):
    """One of some texts, by their names; the first unless another is chosen."""
    options = [{"selected": i == 0, "text": text, "value": value} for i, (text, value) in enumerate(choices)]
    return {
        "type": "custom", "name": name, "label": label, "description": description,
        "query": ", ".join(f"{text} : {value}" for text, value in choices), "hide": 0, "includeAll": False,
        "multi": False, "options": options, "skipUrlSync": False, "current": options[0]}


def place(rows):
    """Numbers panels and puts them side by side; a row is a heading and its panels, in lines of 24 columns."""
    placed, y, identifier = [], 0, 1
    for heading, panels in rows:
        placed.append({
            "id": identifier, "type": "row", "title": heading, "collapsed": False, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}})
        identifier += 1
        y += 1
        x = line = 0
        for each in panels:
            width, height = each.pop("width"), each.pop("height")
            if x + width > COLUMNS:
                x, y, line = 0, y + line, 0
            placed.append({"id": identifier, **each, "gridPos": {"x": x, "y": y, "w": width, "h": height}})
            identifier += 1
            x, line = x + width, max(line, height)
        y += line
    return placed


def dashboard(identifier, title, description, variables, rows):
    return {
        "uid": identifier,
        "title": title,
        "description": description,
        "tags": ["dendra"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "liveNow": False,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "timepicker": {},
        "timezone": "browser",
        "weekStart": "",
        "fiscalYearStartMonth": 0,
        "annotations": {"list": []},
        "links": [{
            "type": "dashboards", "title": "Dendra", "tags": ["dendra"], "asDropdown": False, "icon": "dashboard",
            "includeVars": True, "keepTime": True, "targetBlank": False, "tooltip": "", "url": ""}],
        "templating": {"list": variables},
        "panels": place(rows),
    }
