console.error('there is no such setting');
process.exitCode = 1;
