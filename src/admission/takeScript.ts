// The same arithmetic as in bucket.ts, in Redis' own language and by its clock, so that replicas agree.

/**
 * KEYS buckets; ARGV for each: what comes back in a second, what fits in. Gives the levels as text. Where all
 * held enough, one request has been taken out of each; a bucket that is full again is forgotten.
 */
export const takeScript = `
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local levels, isEnough = {}, true
for i, key in ipairs(KEYS) do
  local rate, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local stored = redis.call('GET', key) or ''
  local level, at = string.match(stored, '^(%S+) (%S+)$')
  level, at = tonumber(level), tonumber(at)
  if level and at then level = math.min(burst, level + math.max(0, now - at) * rate) else level = burst end
  levels[i] = level
  isEnough = isEnough and level >= 1 - 1e-9
end
for i, key in ipairs(KEYS) do
  if isEnough then
    local rate, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    local left = math.max(0, levels[i] - 1)
    local lifetime = math.ceil((burst - left) / rate * 1000) + 1
    redis.call('SET', key, string.format('%.17g %.17g', left, now), 'PX', string.format('%.0f', lifetime))
  end
  levels[i] = string.format('%.17g', levels[i])
end
return levels`
