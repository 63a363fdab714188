export { type BoardApp, type BoardAppOptions, createBoardApp } from './app.ts';
export { type Config, type ConfigResult, readConfig } from './config.ts';
