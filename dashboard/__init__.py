"""The dashboard: a durable queue, a worker that runs its operations, and the pages that show both.

Data goes one way: a request becomes a row of `operations` (`operations.Desk`), a worker claims it
(`claims.Claims`) and runs it in a child process (`runner`), what happens is appended to the journal
(`journal.Journal`), and the web process reads rows and journal (`fleet.Fleet`). All processes share
one database and nothing else.
"""
