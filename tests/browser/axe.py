"""What axe-core is asked about a page, and which of its answers count."""

ASK = """axe.run(document).then(result => JSON.stringify({
  passed: result.passes.map(rule => rule.id),
  faults: result.violations.map(rule => ({
    id: rule.id, impact: rule.impact,
    where: rule.nodes.map(node => `${node.html.slice(0, 200)} ${node.failureSummary}`),
  })),
}))"""


def serious(answer):
    """Leave out what is moderate or minor."""
    return [fault for fault in answer["faults"] if fault["impact"] in {"serious", "critical"}]
