"""Alerts: saved searches, which report each new paper and each new trend once.

An alert is a search and a target: a webhook, a mail address, a chat, an Atom feed. What there is
when an alert is added counts as known; a run of alerts reports what came since.

The order that loses nothing: what is new becomes an event, and is noted as known, in one
transaction; then the event is sent until its receiver has taken it. A process that dies while a
receiver answers sends it again as the same: a webhook gets the same body under the same
`Idempotency-Key`, a mail server the same bytes under the same Message-ID, by which the second is
known. All others are sent once. A chat has no such mark: there it may appear twice after a death.
"""
