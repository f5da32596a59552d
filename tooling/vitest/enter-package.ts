// A test runs in its package's folder, also where the tests of all packages run at once.
process.chdir(process.env['HASHEE_PACKAGE'] ?? '.');
