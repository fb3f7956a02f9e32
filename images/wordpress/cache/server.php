<?php
/**
 * What this process does with the server of the object cache. No method fails: without the server nothing is found, and
 * whatever cannot be taken out of the cache begins a new epoch. Keys are "group:key".
 */
final class CacheServer {
	private const CONNECT_SECONDS = 0.25;
	private const ANSWER_SECONDS = 0.5;
	/** How long the shop goes without the cache after a failure, instead of waiting for it in every request. */
	private const PAUSE = 10;
	/** Nothing stays longer: a process that is killed between the database and the cache leaves an old value there. */
	private const MOST_SECONDS = 86400;
	/** Bigger values push everything else out, and the server refuses the biggest. */
	private const MOST_BYTES = 1 << 20;
	private const INCREASE = "local v = redis.call('GET', KEYS[1]) if not v then return false end
		v = math.max(0, (tonumber(v) or 0) + ARGV[1]) redis.call('SET', KEYS[1], v, 'KEEPTTL') return v";

	private ?Redis $connection = null;
	private int $retry = 0;
	/** The epoch that this process may fill; 0: none. */
	private int $own = 0;

	/** With `$join` false it only takes things away, as a process must that does not know when it read the database. */
	public function __construct(private string $host, private string $password, bool $join) {
		$epoch = Epoch::read();
		if ($join && Epoch::holds($epoch) && $this->connection()) {
			$this->own = $epoch;
		}
	}

	/** Key -> value of what is there; null when this process may not know. */
	public function get(array $keys): ?array {
		$stored = $this->own ? $this->ask(fn (Redis $server) => $server->mget($this->names($keys, $this->own))) : null;
		if (!is_array($stored)) {
			return null;
		}
		$found = [];
		foreach ($keys as $i => $key) {
			if (is_string($stored[$i]) && self::decode($stored[$i], $value)) {
				$found[$key] = $value;
			}
		}
		return $found;
	}

	/** Key -> false if there is one already; null when this process may not put anything in. */
	public function add(array $values, int $seconds): ?array {
		return $this->own ? $this->put($values, $seconds, ['nx']) : null;
	}

	public function set(array $values, int $seconds): void {
		$done = $this->change(array_keys($values), fn () => $this->put($values, $seconds, []));
		if ($refused = array_keys($done ?? [], false, true)) {
			$this->delete($refused); // an older value must not stay in their place
		}
	}

	/** How many there were; null when nobody can know. */
	public function delete(array $keys): ?int {
		return $this->change($keys, fn (Redis $server) => $this->unlink($server, $this->names($keys, $this->own)));
	}

	public function delete_group(string $group): void {
		$this->change([], function (Redis $server) use ($group): void {
			$cursor = null;
			do {
				$names = $server->scan($cursor, $this->own . ':' . addcslashes($group, '*?[]\\^-') . ':*', 500);
				$names && $this->unlink($server, $names);
			} while ($cursor);
		});
	}

	/** Everything goes, for everybody; this process does without from now on. */
	public function flush(): void {
		$this->own = 0;
		Epoch::begin(1);
	}

	/** The new number; null when there is none in the cache. */
	public function increase(string $key, int $by): ?int {
		$new = $this->change([$key], fn (Redis $server) => $server->eval(self::INCREASE, [...$this->names([$key], $this->own), $by], 1));
		return is_numeric($new) ? (int) $new : null;
	}

	/** Does `$change` in the epoch that holds if this process may fill it, and else takes `$keys` out of it. */
	private function change(array $keys, callable $change): mixed {
		$epoch = Epoch::read();
		if (!Epoch::holds($epoch)) {
			return null; // whoever reads after it has begun reads what is in the database by now
		}
		if ($epoch === $this->own) {
			return $this->ask($change);
		}
		// It began after this process did, whose values may be older than that.
		$keys ? $this->ask(fn (Redis $server) => $this->unlink($server, $this->names($keys, $epoch))) : $this->flush();
		return null;
	}

	private function put(array $values, int $seconds, array $options): ?array {
		$seconds = $seconds > 0 ? min($seconds, self::MOST_SECONDS) : self::MOST_SECONDS;
		return $this->ask(function (Redis $server) use ($values, $seconds, $options): array {
			$server->multi(Redis::PIPELINE);
			foreach ($values as $key => $value) {
				[$name] = $this->names([$key], $this->own);
				$text = self::encode($value);
				$text === null ? $server->unlink($name) : $server->set($name, $text, [...$options, 'ex' => $seconds]);
			}
			$done = $server->exec();
			return is_array($done) ? array_combine(array_keys($values), $done) : throw new RedisException('no answer');
		});
	}

	private function unlink(Redis $server, array $names): int {
		$count = $server->unlink($names);
		return is_int($count) ? $count : throw new RedisException((string) $server->getLastError());
	}

	private function ask(callable $question): mixed {
		try {
			$server = $this->connection();
			return $server ? $question($server) : null;
		} catch (RedisException $error) {
			$this->lose($error->getMessage());
			return null;
		}
	}

	private function connection(): ?Redis {
		if ($this->connection) {
			return $this->connection;
		}
		if (time() < $this->retry) {
			Epoch::begin(self::PAUSE);
			return null;
		}
		try {
			[$host, $port] = explode(':', $this->host . ':6379');
			$server = new Redis();
			$server->setOption(Redis::OPT_MAX_RETRIES, 0);
			if (@$server->connect($host, (int) $port, self::CONNECT_SECONDS, null, 0, self::ANSWER_SECONDS) && $server->auth($this->password)) {
				return $this->connection = $server;
			}
			$this->lose("$this->host does not let us in");
		} catch (RedisException $error) {
			$this->lose($error->getMessage());
		}
		return null;
	}

	private function lose(string $why): void {
		error_log("object cache: $why; for " . self::PAUSE . ' s the shop does without');
		[$this->connection, $this->own, $this->retry] = [null, 0, time() + self::PAUSE];
		Epoch::begin(self::PAUSE);
	}

	private function names(array $keys, int $epoch): array {
		return array_map(fn ($key) => "$epoch:$key", $keys);
	}

	/** Numbers stay numbers, for `increase`; null for what cannot be written down, as a closure, or is too big. */
	private static function encode(mixed $value): ?string {
		try {
			$text = is_int($value) ? (string) $value : serialize($value);
		} catch (Throwable) {
			return null;
		}
		return strlen($text) <= self::MOST_BYTES ? $text : null;
	}

	/** Whether `$stored` can be read; a class may have gone with its plugin. */
	private static function decode(string $stored, mixed &$value): bool {
		try {
			$value = preg_match('/^-?\d+$/D', $stored) ? (int) $stored : @unserialize($stored);
		} catch (Throwable) {
			return false;
		}
		return $value !== false || $stored === 'b:0;';
	}
}
