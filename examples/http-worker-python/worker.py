"""A worker in Python's standard library: takes jobs that Fairlead pushes with `http.request`.

    FAIRLEAD_HTTP_SIGNING_SECRET=whsec_... python3 worker.py [port]

Each request is one attempt of one job. It is signed (https://www.standardwebhooks.com): check the signature before
anything else, refuse what is too old, and do the work of one `webhook-id` once.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_SECONDS = 300
MAX_BODY_BYTES = 1024 * 1024
MAX_REMEMBERED = 10_000


def word_count(job):
    """The work itself: from the job's body to its result."""
    return {"words": len(job["text"].split())}


TASKS = {"/word-count": word_count}


def keys_from(secrets):
    """Several secrets, separated by commas, let one be exchanged for another without an interruption."""
    keys = [base64.b64decode(s.strip().removeprefix("whsec_") + "==") for s in secrets.split(",") if s.strip()]
    if not keys:
        sys.exit("FAIRLEAD_HTTP_SIGNING_SECRET is not set: use the secret of your consumers")
    return keys


def is_ours(keys, headers, body, now):
    """Whether the request was signed with one of our keys, and lately."""
    job_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    content = f"{job_id}.{timestamp}.".encode() + body
    good = [base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()) for key in keys]
    given = [part[3:].encode() for part in headers.get("webhook-signature", "").split(" ") if part.startswith("v1,")]
    # Every pair, in constant time.
    return any([hmac.compare_digest(a, b) for a in good for b in given])


class Results:
    """Runs the work of a job once, however often its attempts arrive; remembers the last jobs in memory.

    A real worker keeps this in its database, in the transaction that does the work.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._jobs = OrderedDict()

    def once(self, job_id, work):
        with self._lock:
            job_lock, _ = self._jobs.setdefault(job_id, (threading.Lock(), []))
            if len(self._jobs) > MAX_REMEMBERED:
                self._jobs.popitem(last=False)
        with job_lock:
            done = self._jobs.get(job_id, (None, []))[1]
            if not done:
                done.append(work())
            return done[0]


class Worker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    keys = []
    results = Results()

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            return self.answer(413, {"error": "the body is too large, or has no length"})
        body = self.rfile.read(int(length))
        if not is_ours(self.keys, self.headers, body, time.time()):
            # 4xx is final: the job becomes a dead letter and can be redriven.
            return self.answer(401, {"error": "the signature is missing, wrong or too old"})
        task = TASKS.get(self.path)
        if task is None:
            return self.answer(404, {"error": f"there is no task {self.path}"})
        try:
            return self.answer(200, self.results.once(self.headers["webhook-id"], lambda: task(json.loads(body))))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return self.answer(422, {"error": f"the job cannot be done: {error!r}"})
        except Exception:  # What may pass: the job is tried again.
            return self.answer(503, {"error": "try again"}, {"retry-after": "5"})

    def answer(self, status, value, headers=()):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        for name, text in dict(headers).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: the default logs every request."""


def main():
    Worker.keys = keys_from(os.environ.get("FAIRLEAD_HTTP_SIGNING_SECRET", ""))
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8081), Worker)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
