"""Active tests of endpoints, a module a protocol.

declared    the probes of the file, each as one value
attempt     one attempt at one address: its bound, its phases, what it saw
resolve     names to addresses; connect: an address to a connection; secure: TLS on a connection
dns tls http websocket postgres redis     one protocol each: `probe(declared, wire, attempt) -> Verdict`
run         all probes at once, every address, every sample
findings    what an attempt showed, as findings of the report
vantage     where this runs; inside: how to run it inside the VPC; merge: reading that back
"""
