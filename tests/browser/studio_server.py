"""A running studio and its interface, so that tests see what the server knows, not what the page says."""

import json
import os
import re
import select
import subprocess
import time
import urllib.request

PATIENCE = 60  # seconds until a studio that does not start is given up


class StudioServer:
    def __init__(self, command, home):
        os.makedirs(home, exist_ok=True)
        environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.url = self._wait_for_address()
        self.address, self.token = self.url.split("/#")

    def _wait_for_address(self):
        output = b""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                output += os.read(self.process.stdout.fileno(), 4096)
                found = re.search(rb"(http://\S+/#\S+)", output)
                if found:
                    return found[1].decode()
            if self.process.poll() is not None:
                break
        self.stop()
        raise RuntimeError("the studio printed no address: " + output.decode(errors="replace"))

    @property
    def port(self):
        return self.address.rsplit(":", 1)[1]

    def kill(self):
        """Ends it as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def request(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.address}/api/{path}", data=body, method=method, headers={"X-Icolorit-Token": self.token})
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.read()

    def get(self, path):
        return json.loads(self.request("GET", path))

    @property
    def pictures(self):
        return self.get("state")["pictures"]

    def document(self, picture=None):
        """The document of a picture, of the first one that is open unless another is named."""
        return self.get(f"pictures/{picture or self.pictures[0]['id']}")

    def view(self, width, height, layer="result"):
        """The whole picture at best quality as bytes of RGB."""
        picture = self.pictures[0]["id"]
        version = self.document(picture)["version"]
        return self.request("GET", f"pictures/{picture}/view?width={width}&height={height}&layer={layer}&quality=best"
                                   f"&version={version}")
