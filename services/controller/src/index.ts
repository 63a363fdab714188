export { type Controller, type ControllerParts, createController } from './app.ts';
