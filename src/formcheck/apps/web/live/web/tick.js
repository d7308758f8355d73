// A worker that says each second that a second has gone by: timers of a hidden page are too slow for that.

setInterval(() => self.postMessage(0), 1000);
