"""What `helm test` does in one pod: the service's readiness, then one real call. Arguments: the address, method, path,
body and right statuses of the call; `MERX_TEST_KEY` is the API key, where there is one."""

import json
import os
import sys
import time
import urllib.error
import urllib.request

PATIENCE_S = 60
address, ready, method, path, body, right = sys.argv[1:]
key = os.environ.get("MERX_TEST_KEY", "")


def ask(verb: str, where: str, content: bytes | None = None) -> tuple[int, str]:
    headers = {"content-type": "application/json", "idempotency-key": f"helm-test-{time.time_ns()}"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    request = urllib.request.Request(address + where, content, headers, method=verb)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(errors="replace")


def until_answered(verb: str, where: str, content: bytes | None, wanted: list[int]) -> bool:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            status, text = ask(verb, where, content)
        except OSError as away:
            status, text = 0, str(away)
        sys.stdout.write(f"{verb} {where}: {status} {text[:500]}\n")
        if status in wanted or time.monotonic() > until:
            return status in wanted
        time.sleep(2)


passed = until_answered("GET", ready, None, [200])
if passed and path and not key:
    sys.stdout.write("no API key for the test in the Secret: readiness is all that was asked\n")
elif passed and path:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    content = body.replace("@NOW@", now).replace("@ID@", str(time.time_ns()))
    passed = until_answered(method, path, None if method == "GET" else content.encode(), json.loads(right))
sys.exit(0 if passed else 1)
