export { startCommand } from './start-command.js';
