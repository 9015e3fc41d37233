// Installs what the static checks and the tests need.
import { prepare, testTools } from '../deploy/prepare.mjs';
prepare(testTools);
