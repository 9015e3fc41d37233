// Made from schemas/ by `npm run generate`: do not edit.
import type { ErrorObject } from 'ajv';
import type { HostFile } from '../../model/generated/host-file.ts';
import type { GuestFile } from '../../model/generated/guest-file.ts';
import type { ChecksFile } from '../../model/generated/checks-file.ts';
import type { GroupsFile } from '../../model/generated/groups-file.ts';
import type { ConfigFile } from '../../model/generated/config-file.ts';

export interface Validator<T> {
  (data: unknown): data is T;
  /** Of the last call. */
  errors?: null | ErrorObject[];
}
export declare const validateHostFile: Validator<HostFile>;
export declare const validateGuestFile: Validator<GuestFile>;
export declare const validateChecksFile: Validator<ChecksFile>;
export declare const validateGroupsFile: Validator<GroupsFile>;
export declare const validateConfigFile: Validator<ConfigFile>;
