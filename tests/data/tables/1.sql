CREATE TABLE assay_merges (
	id BIGSERIAL NOT NULL,
	repository_id BIGINT NOT NULL,
	number INTEGER NOT NULL,
	installation BIGINT NOT NULL,
	sequence INTEGER NOT NULL,
	envelope TEXT NOT NULL,
	copied BOOLEAN NOT NULL,
	PRIMARY KEY (id)
)
CREATE UNIQUE INDEX assay_merges_by_place ON assay_merges (repository_id, sequence)
CREATE UNIQUE INDEX assay_merges_by_pull_request ON assay_merges (repository_id, number)
CREATE TABLE assay_records (
	id BIGSERIAL NOT NULL,
	repository_id BIGINT NOT NULL,
	number INTEGER NOT NULL,
	installation BIGINT NOT NULL,
	owner VARCHAR(255) NOT NULL,
	name VARCHAR(255) NOT NULL,
	base_ref TEXT NOT NULL,
	base_tip VARCHAR(64) NOT NULL,
	head VARCHAR(64) NOT NULL,
	statuses TEXT NOT NULL,
	succeeded BOOLEAN NOT NULL,
	policy_in_force BOOLEAN NOT NULL,
	removes_policy BOOLEAN NOT NULL,
	floor_present BOOLEAN NOT NULL,
	comment_id BIGINT,
	assessed_at VARCHAR(32) NOT NULL,
	document TEXT NOT NULL,
	policy_state VARCHAR(64),
	recheck_at VARCHAR(32),
	asks_people BOOLEAN,
	looked_at VARCHAR(32),
	PRIMARY KEY (id)
)
CREATE INDEX assay_records_by_age ON assay_records (assessed_at)
CREATE INDEX assay_records_by_installation ON assay_records (installation, floor_present)
CREATE INDEX assay_records_by_pull_request ON assay_records (repository_id, number, id)
CREATE TABLE assay_write_budgets (
	installation BIGINT NOT NULL,
	written TEXT NOT NULL,
	paused FLOAT(53) NOT NULL,
	turn FLOAT(53) NOT NULL,
	began FLOAT(53) DEFAULT '0' NOT NULL,
	PRIMARY KEY (installation)
)
