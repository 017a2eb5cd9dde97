-- A script of wrk: posts an item where it is told POST, and prints one line of figures at the end.

function init(arguments)
  if arguments[1] == "POST" then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    wrk.body = '{"name": "Tea", "description": "Green, loose", "category": "drinks", "price": "3.50"}'
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local rate = summary.requests / summary.duration * 1e6
  io.write(string.format("figures %.1f %.3f %d\n", rate, latency:percentile(99) / 1e3, failed))
end
