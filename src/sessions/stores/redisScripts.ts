// The few things that Redis has to do at once, in its own language.

/** KEYS session; ARGV value, lifetime in ms, channel, id. Threat: a refresh must not bring back what a logout removed. */
export const replaceScript = `
if redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'XX') then
  redis.call('PUBLISH', ARGV[3], ARGV[4])
  return 1
end
return 0`

/** KEYS session; ARGV channel, id. */
export const removeScript = `
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return 1`

/** KEYS lock; ARGV holder, time in ms. Gives {1}: held now, {0}: somebody holds it, {2, ms}: failed until then. */
export const acquireScript = `
local holder = redis.call('GET', KEYS[1])
if not holder then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return {1, 0}
end
if holder == 'failed' then return {2, redis.call('PTTL', KEYS[1])} end
return {0, 0}`

/** KEYS lock; ARGV holder, time in ms. */
export const renewScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0`

/** KEYS lock; ARGV holder. */
export const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

/** KEYS lock; ARGV holder, time in ms. */
export const releaseAsFailedScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], 'failed', 'PX', ARGV[2]) end
return 1`
