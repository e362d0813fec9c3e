"""What rose, and on what evidence: `python python_api.py WAREHOUSE`."""

import sys

import papertide

wh = papertide.open(sys.argv[1])
for trend in wh.trends("term", limit=5):
    print(trend["name"], trend["class"])
    for paper in wh.evidence("term", trend["entity"]):
        print("   ", paper["dated_on"], paper["title"])
