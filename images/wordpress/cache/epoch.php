<?php
/**
 * The moment from which the object cache holds: the modification time of a file among the uploads, which web, clock and
 * set-up share. The keys of what is cached carry it, so a later moment empties the cache for everybody, whether the
 * server can be reached or not. Until it has come, and while there is no such file, nobody uses the cache.
 *
 * Nothing out of date is read because
 * - what an epoch holds was read from the database after it began: only who started after that puts something in;
 * - who changes the database afterwards either takes the old value out of the epoch that holds then, or begins a new one.
 */
final class Epoch {
	private const FILE = '/srv/wordpress/wp-content/uploads/.storefleet-cache';

	/** In Unix time; 0 without a file. */
	public static function read(): int {
		clearstatcache();
		return (int) @filemtime(self::FILE);
	}

	public static function holds(int $epoch): bool {
		return $epoch !== 0 && $epoch <= time();
	}

	/** Makes void what is cached now; in `$seconds`, at least one, the cache is used again. */
	public static function begin(int $seconds): void {
		$next = time() + $seconds;
		// Never earlier than it is: there old values lie.
		if (self::read() < $next && !@touch(self::FILE, $next)) {
			error_log('object cache: cannot write ' . self::FILE . ', so it may be out of date');
		}
	}
}
