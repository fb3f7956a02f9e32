<?php
// Sets the shop up from the command line; safe to repeat, also after a run that was killed anywhere.
// Two processes, since plugins are loaded only by a WordPress that starts after their activation.
if (PHP_SAPI !== 'cli') {
	exit(1);
}
require dirname(__DIR__) . '/cache/epoch.php';
foreach (['install.php', 'configure.php'] as $part) {
	passthru(escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg(__DIR__ . '/' . $part), $code);
	// However it ended: a WordPress that installs tells no object cache what it changes.
	getenv('WORDPRESS_CACHE_HOST') && Epoch::begin(1);
	if ($code !== 0) {
		fwrite(STDERR, "set-up: $part ended with code $code\n");
		exit(1);
	}
}
