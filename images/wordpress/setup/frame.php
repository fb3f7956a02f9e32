<?php
// What both parts of the set-up share: how they fail, the visitor they pretend to be, and `once`.
if (PHP_SAPI !== 'cli') {
	exit(1);
}
final class Done {
	public static bool $done = false;
}
// wp_die() ends a script with exit code 0, which would make a broken set-up look done.
register_shutdown_function(function (): void {
	if (!Done::$done) {
		exit(1);
	}
});

function fail(string $reason): never {
	fwrite(STDERR, "set-up: $reason\n");
	exit(1);
}

/** The chart's `settings`. */
function settings(): array {
	static $settings;
	return $settings ??= json_decode(getenv('STORE_SETTINGS') ?: '{}', true, 16, JSON_THROW_ON_ERROR);
}

/**
 * Does `$apply` when `$value` is not the one that was applied last, and remembers it afterwards: a repeated set-up
 * changes nothing that the owner has changed since, a new value in the configuration is applied once.
 */
function once(string $what, mixed $value, callable $apply): void {
	$key = "storefleet_applied_$what";
	$text = json_encode($value);
	$before = get_option($key, null);
	if ($before === $text) {
		return;
	}
	$apply($value, $before === null ? null : json_decode($before, true));
	update_option($key, $text, false);
	echo "$what: $text\n";
}

$url = parse_url((string) getenv('WORDPRESS_URL'));
$_SERVER = array_merge($_SERVER, [
	'HTTP_HOST' => $url['host'] . (isset($url['port']) ? ':' . $url['port'] : ''),
	'SERVER_NAME' => $url['host'], 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REMOTE_ADDR' => '127.0.0.1',
	'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/wp-admin/', 'HTTP_X_FORWARDED_PROTO' => $url['scheme'],
]);
