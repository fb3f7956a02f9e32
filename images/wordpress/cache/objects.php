<?php
/**
 * WordPress' object cache: an array for this request, and the server behind it. What `cache/functions.php` hands over
 * has a group. Methods behave as those of WordPress' own class of this name.
 */
final class WP_Object_Cache {
	public int $cache_hits = 0;
	public int $cache_misses = 0;
	/** Group -> key -> value. */
	private array $local = [];
	/** Groups that never leave this request. */
	private array $local_groups = [];

	public function __construct(private CacheServer $server) {
	}

	public function get(int|string $key, string $group, bool $force = false, mixed &$found = null): mixed {
		if ($force || !$this->has($key, $group)) {
			$this->fetch([$key], $group);
		}
		$found = $this->has($key, $group);
		$found ? $this->cache_hits++ : $this->cache_misses++;
		return $found ? self::copy($this->local[$group][$key]) : false;
	}

	public function get_multiple(array $keys, string $group, bool $force): array {
		$this->fetch($force ? $keys : array_filter($keys, fn ($key) => !$this->has($key, $group)), $group);
		$values = [];
		foreach ($keys as $key) {
			$found = $this->has($key, $group);
			$found ? $this->cache_hits++ : $this->cache_misses++;
			$values[$key] = $found ? self::copy($this->local[$group][$key]) : false;
		}
		return $values;
	}

	public function add_multiple(array $values, string $group, int $seconds): array {
		$done = array_fill_keys(array_keys($values), false);
		if (wp_suspend_cache_addition()) {
			return $done;
		}
		$new = array_filter($values, fn ($key) => !$this->has($key, $group), ARRAY_FILTER_USE_KEY);
		$added = $new && $this->shared($group) ? $this->server->add($this->names($new, $group), $seconds) : null;
		foreach ($new as $key => $value) {
			if ($done[$key] = ($added["$group:$key"] ?? true) !== false) {
				$this->local[$group][$key] = self::copy($value);
			}
		}
		return $done;
	}

	public function set_multiple(array $values, string $group, int $seconds): array {
		foreach ($values as $key => $value) {
			$this->local[$group][$key] = self::copy($value);
		}
		if ($this->shared($group) && $values) {
			// Everybody reads all options, changes one and puts all back, perhaps over a neighbour's change: read anew.
			$all = $group === 'options' && isset($values['alloptions']);
			$all ? $this->server->delete($this->keys(array_keys($values), $group)) : $this->server->set($this->names($values, $group), $seconds);
		}
		return array_fill_keys(array_keys($values), true);
	}

	public function replace(int|string $key, mixed $value, string $group, int $seconds): bool {
		$this->get($key, $group, true, $found);
		if ($found) {
			return $this->set_multiple([$key => $value], $group, $seconds)[$key];
		}
		$this->delete_multiple([$key], $group); // which this process may only not see
		return false;
	}

	public function delete_multiple(array $keys, string $group): array {
		$done = [];
		foreach ($keys as $key) {
			$done[$key] = $this->has($key, $group);
			unset($this->local[$group][$key]);
			if ($this->shared($group)) {
				$done[$key] = (bool) ($this->server->delete(["$group:$key"]) ?? $done[$key]);
			}
		}
		return $done;
	}

	public function increase(int|string $key, int $by, string $group): int|false {
		$value = $this->get($key, $group, true, $found);
		$new = $this->shared($group) ? $this->server->increase("$group:$key", $by) : null;
		if (!$found) {
			return false;
		}
		return $this->local[$group][$key] = $new ?? max(0, (is_numeric($value) ? (int) $value : 0) + $by);
	}

	public function flush(): bool {
		$this->local = [];
		$this->server->flush();
		return true;
	}

	public function flush_runtime(): bool {
		$this->local = [];
		return true;
	}

	public function flush_group(string $group): bool {
		unset($this->local[$group]);
		$this->shared($group) && $this->server->delete_group($group);
		return true;
	}

	public function keep_local(array $groups): void {
		$this->local_groups += array_fill_keys($groups, true);
	}

	private function has(int|string $key, string $group): bool {
		return isset($this->local[$group][$key]) || isset($this->local[$group]) && array_key_exists($key, $this->local[$group]);
	}

	private function shared(string $group): bool {
		return !isset($this->local_groups[$group]);
	}

	/** Brings what the server has of `$keys`, and forgets what it has no longer. */
	private function fetch(array $keys, string $group): void {
		$found = $keys && $this->shared($group) ? $this->server->get($this->keys($keys, $group)) : null;
		foreach ($found === null ? [] : $keys as $key) {
			if (array_key_exists("$group:$key", $found)) {
				$this->local[$group][$key] = $found["$group:$key"];
			} else {
				unset($this->local[$group][$key]);
			}
		}
	}

	private function keys(array $keys, string $group): array {
		return array_map(fn ($key) => "$group:$key", array_values($keys));
	}

	private function names(array $values, string $group): array {
		return array_combine($this->keys(array_keys($values), $group), $values);
	}

	/** Whoever changes his object changes no other's. */
	private static function copy(mixed $value): mixed {
		return is_object($value) ? clone $value : $value;
	}
}
