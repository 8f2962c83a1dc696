/** What can be done with any answer: save the question, take it away as a file, print it as a report. */
import { Link } from '@tanstack/react-router'
import { exportApi, type ExportFormat } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import type { ReportSearch } from '../report/address.ts'
import { DownloadMenu } from '../shell/download-menu.tsx'
import { SaveQuestion } from './save-question.tsx'

const formatNames = { csv: 'CSV, for spreadsheets', json: 'JSON', jsonl: 'JSON, line by line' }

type QuestionToolsProps = {
  /** The address of the whole answer as a file. */
  exportAs: (format: ExportFormat) => string
  /** Left out: it has none. */
  report?: ReportSearch
}

export function QuestionTools({ exportAs, report }: QuestionToolsProps) {
  return (
    <div className="question-tools">
      <SaveQuestion />
      <DownloadMenu
        trigger={
          <button type="button" className="button button-small">
            <Icon name="download" />
            Export
          </button>
        }
        label="The whole answer, with what makes it evidence"
        files={exportApi.exportFormats.map((format) => ({
          address: exportAs(format),
          name: formatNames[format],
        }))}
      />
      {report !== undefined && (
        <Link className="button button-small" to="/report" search={report}>
          <Icon name="page" />
          Report
        </Link>
      )}
    </div>
  )
}
